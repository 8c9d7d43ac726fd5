/**
 * What this tablet keeps, in IndexedDB: the ballots, and the little that the page itself remembers.
 * Each change is one transaction, on disk when it resolves.
 *
 * What a browser deletes it leaves in its files until it tidies up, be it a whole database: an
 * origin's databases share their files. Only a storage bucket (Chromium 122) is a folder that goes
 * whole. So what names a deputy's card, and what ties the seals to it, lies in a bucket of its own,
 * which goes once nothing waits for its seals; the ballots' goes with the last ballot.
 */

const BALLOTS = "ballots";
const REQUESTS = "requests";
const PAGE = "page";

/**
 * @typedef {import("./flow.js").Slot} Slot
 */

/**
 * What the page itself remembers, without a look at the ballots: another window may be at work there.
 * @param {string} [name]
 * @returns {{all: () => Promise<any[]>, recall: (key: string) => Promise<any>,
 *   keep: (key: string, value: any) => Promise<void>}}
 */
export function openPage(name = "piaojue") {
  const page = database(inOrigin(name), PAGE);
  return { all: page.all, recall: page.get, keep: (key, value) => page.change((store) => store.put(value, key)) };
}

/**
 * @param {string} [name]
 * @returns {Promise<{all: () => Promise<Slot[]>, add: (slot: Slot) => Promise<Slot>,
 *   update: (name: string, change: (slot: Slot) => Slot) => Promise<Slot | undefined>,
 *   remove: (name: string) => Promise<void>, recall: (key: string) => Promise<any>,
 *   keep: (key: string, value: any) => Promise<void>}>}
 */
export async function openStore(name = "piaojue") {
  const page = openPage(name);
  const ballots = database(placeOf(`${name}-ballots`), BALLOTS, "name");
  const requests = database(placeOf(`${name}-requests`), REQUESTS, "id");
  await page.all();

  // A request goes before its ballot's slot, and an answered one after it: a page that ends between
  // the two leaves a request that no slot names.
  async function tidy() {
    const [slots, asked] = [await ballots.all(), await requests.all()];
    const named = slots.map((slot) => slot.requestId);
    const over = asked.filter(({ id }) => !named.includes(id));
    if (over.length === asked.length) await requests.drop();
    else for (const { id } of over) await requests.change((store) => store.delete(id));
    if (slots.length === 0) await ballots.drop();
  }

  async function whole(slot) {
    if (!slot || !slot.requestId) return slot;
    const { requestId, ...ballot } = slot;
    const { id, ...request } = await requests.get(requestId);
    return { ...ballot, ...request };
  }

  // Two windows must never ask for two ballots: the first to store wins, both go on with its slot.
  async function add({ request, secret, issuing, ...ballot }) {
    const id = crypto.getRandomValues(new Uint32Array(4)).join();
    if (request) await requests.change((store) => store.put({ id, request, secret, issuing }));
    const mine = request ? { ...ballot, requestId: id } : ballot;
    const first = await ballots.change((store, result) => {
      store.get(ballot.name).onsuccess = ({ target }) => {
        result.value = target.result || mine;
        if (!target.result) store.add(mine);
      };
    });
    return whole(first);
  }

  async function update(slotName, edit) {
    const parts = await whole(await ballots.get(slotName));
    if (!parts) return undefined;
    const edited = await ballots.change((store, result) => {
      store.get(slotName).onsuccess = ({ target }) => {
        if (!target.result) return;
        const { requestId } = target.result;
        const { request, secret, issuing, ...ballot } = edit({ ...parts, ...target.result });
        delete ballot.requestId;
        result.value = ballot;
        store.put(request ? { ...ballot, requestId } : ballot);
      };
    });
    if (parts.request) await tidy();
    return edited;
  }

  async function remove(slotName) {
    await ballots.change((store) => store.delete(slotName));
    await tidy();
  }

  const inTurn = queue();
  await tidy();
  return {
    all: () => inTurn(async () => Promise.all((await ballots.all()).map(whole))),
    add: (slot) => inTurn(() => add(slot)),
    update: (slotName, edit) => inTurn(() => update(slotName, edit)),
    remove: (slotName) => inTurn(() => remove(slotName)),
    recall: page.recall,
    keep: page.keep,
  };
}

// One after another, so that no database goes while something is being put into it.
function queue() {
  let last = Promise.resolve();
  return (work) => (last = last.then(work, work));
}

// Where a database lies, and how it goes.
function placeOf(name) {
  return navigator.storageBuckets ? inBucket(name) : inOrigin(name);
}

function inBucket(name) {
  const { storageBuckets } = navigator;
  const options = { durability: "strict", persisted: true };
  let bucket = null; // held on to: a database whose bucket the browser has collected answers no more
  return {
    async open(upgrade) {
      bucket = await storageBuckets.open(name, options);
      return openDatabase(bucket.indexedDB, name, upgrade);
    },
    async drop() {
      bucket = null;
      await storageBuckets.delete(name);
    },
  };
}

function inOrigin(name) {
  return {
    open: (upgrade) => openDatabase(indexedDB, name, upgrade),
    drop: () => answer(indexedDB.deleteDatabase(name)),
  };
}

function database(place, store, keyPath = null) {
  let opening = null;
  const open = () => (opening = opening || openHere());
  async function openHere() {
    const db = await place.open((made) => made.createObjectStore(store, { keyPath }));
    // Another that deletes the database must not wait for this one for ever; with its bucket it is closed.
    db.onclose = () => (opening = null);
    db.onversionchange = () => {
      db.close();
      opening = null;
    };
    return db;
  }
  const read = async (ask) => answer(ask((await open()).transaction(store).objectStore(store)));
  return {
    all: () => read((values) => values.getAll()),
    get: (key) => read((values) => values.get(key)),
    async change(work) {
      const transaction = (await open()).transaction(store, "readwrite", { durability: "strict" });
      return new Promise((resolve, reject) => {
        const result = { value: undefined };
        work(transaction.objectStore(store), result);
        transaction.oncomplete = () => resolve(result.value);
        transaction.onabort = () => reject(transaction.error);
      });
    },
    async drop() {
      if (opening) (await opening).close();
      opening = null;
      await place.drop();
    },
  };
}

function openDatabase(factory, name, upgrade) {
  const opening = factory.open(name, 1);
  opening.onupgradeneeded = () => upgrade(opening.result);
  return answer(opening);
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
