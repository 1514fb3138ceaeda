/** What the product does, told line by line from its API. */
import type { IncidentsView } from '../model/incident.ts';
import type { Operation, OperationsView } from '../model/operation.ts';

/** The product's API as the story uses it. */
export interface ProductApi {
  incidents(): Promise<IncidentsView['incidents']>;
  /** Newest first. */
  operations(): Promise<readonly Operation[]>;
  approve(id: string, comment: string): Promise<void>;
}

/** @param url of the dashboard */
export function productApi(url: string): ProductApi {
  const get = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`${url}/api${path}`);
    if (!answer.ok) throw new Error(`The product answers ${answer.status} to ${path}`);
    return (await answer.json()) as T;
  };
  return {
    incidents: async () => (await get<IncidentsView>('/incidents?limit=20')).incidents,
    operations: async () => (await get<OperationsView>('/operations?limit=50')).operations,
    approve: async (id, comment) => {
      await fetch(`${url}/api/operations/${encodeURIComponent(id)}/approve`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ by: 'the demo', comment }),
      });
    },
  };
}

/** Says what is new since it looked last; knows what the story waits for. */
export class Watch {
  readonly #api: ProductApi;
  readonly #rules: ReadonlySet<string>;
  readonly #since: number;
  readonly #told = new Map<string, string>();
  operations: readonly Operation[] = [];
  open: ReadonlySet<string> = new Set();

  /** @param rules whose incidents and operations are told @param since unix ms; what was before is not told */
  constructor(api: ProductApi, rules: readonly string[], since: number) {
    this.#api = api;
    this.#rules = new Set(rules);
    this.#since = since;
  }

  /** Looks once. @returns sentences, oldest first */
  async look(): Promise<string[]> {
    const [incidents, operations] = await Promise.all([this.#api.incidents(), this.#api.operations()]);
    const own = <T extends { rule: string }>(all: readonly T[], at: (one: T) => number) =>
      all.filter((one) => this.#rules.has(one.rule) && at(one) >= this.#since).reverse();
    this.operations = own(operations, ({ proposedAt }) => proposedAt);
    const recent = own(incidents, ({ openedAt }) => openedAt);
    this.open = new Set(recent.filter(({ status }) => status !== 'resolved').map(({ rule }) => rule));
    return [
      ...recent.flatMap((one) =>
        this.#once(`#${one.number}`, one.status === 'resolved' ? 'resolved' : 'open', () =>
          one.status === 'resolved'
            ? `Incident #${one.number} is resolved.`
            : `Incident #${one.number}: ${one.title}.`,
        ),
      ),
      ...this.operations.flatMap((one) => this.#once(one.id, stageOf(one), () => sentenceOf(one))),
    ];
  }

  #once(key: string, stage: string, sentence: () => string): string[] {
    if (stage === '' || this.#told.get(key) === stage) return [];
    this.#told.set(key, stage);
    return [sentence()];
  }
}

/** What is worth a line; '' is not: guards that stop a repetition, and steps on the way. */
function stageOf({ status }: Operation): string {
  if (['proposed', 'blocked', 'dispatched', 'unknown'].includes(status)) return '';
  return status;
}

function sentenceOf({ order, target, status, reason, rollbackOf }: Operation): string {
  const what =
    order.kind === 'scale'
      ? `${target} ${order.expectedCurrent} → ${order.desired} workers`
      : `${order.action.replace('_', ' ')} of ${target}`;
  const undo = rollbackOf === '' ? '' : 'undoing, ';
  return `  ${undo}${what}: ${status.replaceAll('_', ' ')}. ${reason}`;
}
