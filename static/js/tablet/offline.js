/** The service worker, which lets the page open again without the network. */

/**
 * Registers it, and takes up a new version of the files whenever nobody is in the middle of something.
 * @param {() => boolean} isIdle
 * @returns {Promise<ServiceWorkerRegistration | null>} null where there is none, or no network yet
 */
export async function keepOffline(isIdle) {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return null;
  // Old page and new files must not meet: whoever was served by the old worker loads anew.
  if (serviceWorker.controller) serviceWorker.addEventListener("controllerchange", () => location.reload());
  const options = { scope: "/tablet", updateViaCache: "none" };
  const registration = await serviceWorker.register("/tablet/sw.js", options).catch(() => null);
  if (!registration) return null;
  const takeUp = () => registration.waiting && isIdle() && registration.waiting.postMessage("use");
  registration.addEventListener("updatefound", () => registration.installing.addEventListener("statechange", takeUp));
  takeUp();
  return registration;
}
