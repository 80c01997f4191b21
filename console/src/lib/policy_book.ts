// The names a policy refers to, read together.
import { api } from './api';
import type { Person, Roster } from './desk';
import type { Book } from './policy_text';
import type { Channel, List } from './types';

export async function read_book(): Promise<Book> {
  const [channels, people, rosters] = await Promise.all([
    api.get<List<Channel>>('/channels'), api.get<List<Person>>('/people'), api.get<List<Roster>>('/rosters')]);
  return { channels: channels.items, people: people.items, rosters: rosters.items };
}
