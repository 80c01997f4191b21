// A small history router: the path names the page, the query holds its filters, links are plain <a href>.
interface Location { path: string; query: URLSearchParams }

function read(): Location {
  return { path: window.location.pathname.replace(/\/+$/, '') || '/', query: new URLSearchParams(window.location.search) };
}

class Router {
  at = $state.raw<Location>(read());

  start() {
    window.addEventListener('popstate', () => { this.at = read(); });
    document.addEventListener('click', (event) => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
      const link = (event.target as Element | null)?.closest?.('a[href]') as HTMLAnchorElement | null;
      if (!link || link.target || link.hasAttribute('download') || link.origin !== window.location.origin) return;
      if (link.pathname.startsWith('/api/') || link.pathname.startsWith('/signin') || link.hash) return;
      event.preventDefault();
      this.go(link.pathname + link.search);
    });
  }
  go(to: string) {
    if (to !== window.location.pathname + window.location.search) history.pushState(null, '', to);
    this.at = read();
    window.scrollTo(0, 0);
  }
  // Changes the query of the page that is shown without a new history entry.
  replace_query(query: URLSearchParams) {
    const text = query.toString();
    history.replaceState(null, '', window.location.pathname + (text ? `?${text}` : ''));
    this.at = read();
  }
}
export const router = new Router();
