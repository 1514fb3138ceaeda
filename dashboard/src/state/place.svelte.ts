/** Where the reader is: the URL, read into route and view, and the ways to move. */
import { link, type Params, routeOf, type View, viewOf } from './routes.ts';

class Place {
  url = $state.raw(new URL(location.href));
  route = $derived(routeOf(this.url.pathname));
  params = $derived(this.url.searchParams);
  // Compared as text: a new URL with the same view must not ask the API again.
  #viewText = $derived(JSON.stringify(viewOf(this.params)));
  view = $derived<View>(JSON.parse(this.#viewText));
}

export const place = new Place();

/** A link that keeps range and environment. */
export function href(path: string, params: Params = {}): string {
  return link(path, place.view, params);
}

/** Goes to a URL of this site. `replace` leaves no step back, for choices that are not a place of their own. */
export function go(target: string, options: { replace?: boolean } = {}): void {
  const next = new URL(target, location.href);
  const samePage = next.pathname === place.url.pathname;
  history[options.replace ? 'replaceState' : 'pushState'](null, '', next);
  place.url = next;
  if (!samePage) scrollTo(0, 0);
}

/** Changes parameters of the present URL; an empty value removes one. */
export function setParams(changes: Record<string, string>, options: { replace?: boolean } = {}): void {
  const next = new URL(place.url);
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') next.searchParams.delete(name);
    else next.searchParams.set(name, value);
  }
  go(next.href, options);
}

/** Makes plain links move within the page, and follows back and forward. Returns the way to undo it. */
export function followLinks(): () => void {
  const onClick = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const anchor = (event.target as Element).closest('a');
    if (anchor?.target !== '' || anchor.origin !== location.origin || anchor.hasAttribute('download')) return;
    if (anchor.hash !== '' && anchor.pathname === location.pathname) return;
    event.preventDefault();
    go(anchor.href);
  };
  const onMove = () => {
    place.url = new URL(location.href);
  };
  document.addEventListener('click', onClick);
  addEventListener('popstate', onMove);
  return () => {
    document.removeEventListener('click', onClick);
    removeEventListener('popstate', onMove);
  };
}
