/** The list of sample tasks, in the order in which the page shows them: a new one is a maker and a line here. */
import { bookings } from './makers/bookings.mjs';
import { commands } from './makers/commands.mjs';
import { events } from './makers/events.mjs';
import { first } from './makers/first.mjs';
import { follows } from './makers/follows.mjs';
import { orders } from './makers/orders.mjs';
import { outcome } from './makers/outcome.mjs';
import { polite } from './makers/polite.mjs';
import { reviews } from './makers/reviews.mjs';
import { support } from './makers/support.mjs';
import { tickets } from './makers/tickets.mjs';
import { topics } from './makers/topics.mjs';

/** @type {import('./makers/parts.mjs').Task[]} */
export const TASKS = [
  tickets,
  reviews,
  support,
  topics,
  commands,
  polite,
  bookings,
  follows,
  outcome,
  orders,
  events,
  first,
];
