/**
 * What this tablet keeps, in IndexedDB: the ballots, and the little that the page itself remembers.
 * Each change is one transaction, on disk when it resolves.
 */

const STORE = "slots";
const PAGE = "page";

/**
 * @typedef {import("./flow.js").Slot} Slot
 */

/**
 * @param {IDBFactory} [factory]
 * @param {string} [name]
 * @returns {Promise<{all: () => Promise<Slot[]>, add: (slot: Slot) => Promise<Slot>,
 *   update: (name: string, change: (slot: Slot) => Slot) => Promise<Slot | undefined>,
 *   remove: (name: string) => Promise<void>, recall: (key: string) => Promise<any>,
 *   keep: (key: string, value: any) => Promise<void>}>}
 */
export async function openStore(factory = indexedDB, name = "piaojue") {
  const db = await openDatabase(factory, name);

  function change(work, store = STORE) {
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(store, "readwrite", { durability: "strict" });
      const result = { value: undefined };
      work(transaction.objectStore(store), result);
      transaction.oncomplete = () => resolve(result.value);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  return {
    all: () => answer(db.transaction(STORE).objectStore(STORE).getAll()),
    // Two windows must never ask for two ballots: the first to store wins, both go on with its slot.
    add: (slot) =>
      change((slots, result) => {
        slots.get(slot.name).onsuccess = ({ target }) => {
          result.value = target.result || slot;
          if (!target.result) slots.add(slot);
        };
      }),
    update: (name, edit) =>
      change((slots, result) => {
        slots.get(name).onsuccess = ({ target }) => {
          if (!target.result) return;
          result.value = edit(target.result);
          slots.put(result.value);
        };
      }),
    remove: (name) => change((slots) => slots.delete(name)),
    recall: (key) => answer(db.transaction(PAGE).objectStore(PAGE).get(key)),
    keep: (key, value) => change((page) => page.put(value, key), PAGE),
  };
}

function openDatabase(factory, name) {
  const opening = factory.open(name, 2);
  opening.onupgradeneeded = ({ oldVersion }) => {
    if (oldVersion < 1) opening.result.createObjectStore(STORE, { keyPath: "name" });
    opening.result.createObjectStore(PAGE);
  };
  return answer(opening);
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
