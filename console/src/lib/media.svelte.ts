// The widths the layout of tables depends on (what rows contain, not only how they look).
import { MediaQuery } from 'svelte/reactivity';

const phone = new MediaQuery('(max-width: 40rem)');
const narrow = new MediaQuery('(max-width: 68rem)');
const wide = new MediaQuery('(min-width: 85rem)');
export const media = {
  get phone() { return phone.current; },
  get narrow() { return narrow.current; },
  get wide() { return wide.current; },
};
