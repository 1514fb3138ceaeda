/** Texts of users on their way into SQL: one bound array, referred to by place, because each parameter costs a statement. */
export class Texts {
  readonly #places = new Map<string, number>();

  /** SQL that stands for the text: `p[3]`. */
  ref(text: string): string {
    const place = this.#places.get(text) ?? this.#places.size + 1;
    this.#places.set(text, place);
    return `p[${place}]`;
  }

  /** In the order of their places, for the parameter `p`. */
  get list(): string[] {
    return [...this.#places.keys()];
  }
}
