/** The ballots that this tablet keeps, in IndexedDB; each change is one transaction, on disk when it resolves. */

const STORE = "slots";

/**
 * @typedef {import("./flow.js").Slot} Slot
 */

/**
 * @param {IDBFactory} [factory]
 * @returns {Promise<{all: () => Promise<Slot[]>, add: (slot: Slot) => Promise<Slot>,
 *   update: (name: string, change: (slot: Slot) => Slot) => Promise<Slot | undefined>,
 *   remove: (name: string) => Promise<void>}>}
 */
export async function openStore(factory = indexedDB) {
  const db = await openDatabase(factory);

  function change(work) {
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(STORE, "readwrite", { durability: "strict" });
      const result = { value: undefined };
      work(transaction.objectStore(STORE), result);
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
  };
}

function openDatabase(factory) {
  const opening = factory.open("piaojue", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "name" });
  return answer(opening);
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
