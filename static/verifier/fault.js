/** What is wrong with a record, as a code that words.js puts into two languages, and where. */
export class Fault extends Error {
  constructor(code, values = {}) {
    super(code);
    this.code = code;
    this.values = values;
  }
}

export function fail(code, values) {
  throw new Fault(code, values);
}

export function need(holds, code, values) {
  if (!holds) fail(code, values);
}

/** Does `work`; a fault in it is said to be in this member, on this line (from 1). */
export function within(member, line, work) {
  try {
    return work();
  } catch (fault) {
    if (fault instanceof Fault) fault.values = { member, line, ...fault.values };
    throw fault;
  }
}
