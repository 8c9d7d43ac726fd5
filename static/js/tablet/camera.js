/**
 * The tablet's camera, as a reader of cards. A picture is drawn, read and drawn over, on this page
 * alone: none is kept and none is sent. The camera runs while somebody is to show a card, no longer.
 */
import { sleep } from "./api.js";
import { openReader } from "./reader.js";

const PAUSE = 120; // milliseconds between two looks
const GONE_AFTER = 6; // looks in a row without a code: no card is held there any more
const SIDE = 720; // of the square that is looked at, in pixels
const WANTED = { width: { ideal: 1280 }, height: { ideal: SIDE } };
const FAILURES = { NotAllowedError: "denied", NotFoundError: "none", OverconstrainedError: "none" };

// These outlive a screen. The card that was read stays before the camera for a while, also when the
// next deputy's screen is up already: it must not open its ballot there again.
let lingering = false;
let facing = "user";

/**
 * What a camera is at: there is none, or nothing that reads its pictures; nobody has allowed it yet;
 * it was refused; it starts; it looks; the former card is still there; a code is no card's; it is in
 * use or broken.
 * @typedef {"none" | "ask" | "denied" | "starting" | "looking" | "lingering" | "foreign" | "busy"} Sight
 */

/**
 * @param {(sight: Sight, several?: boolean) => void} show several: there is another camera to turn to
 * @param {(text: string) => boolean} take whether a code's text was a card's; then this one is done
 * @returns {{video: HTMLVideoElement, start: (asked?: boolean) => Promise<void>, stop: () => void,
 *   turn: () => Promise<void>}} `start` shows the browser's own question only where somebody asked for it
 */
export function createCamera(show, take) {
  const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
  const canvas = document.createElement("canvas");
  let stream = null;
  let run = 0;

  async function start(asked = false) {
    const mine = (run += 1);
    const on = () => mine === run;
    // Fetched before the camera is looked for: no tablet is to be told apart by what it fetches.
    const read = await openReader().catch(() => null);
    const sight = read && asked ? "starting" : await firstSight(read);
    if (on()) show(sight);
    if (on() && sight === "starting") await watch(read, on).catch((error) => on() && fail(error));
  }

  async function watch(read, on) {
    const opened = await navigator.mediaDevices.getUserMedia({ video: { facingMode: facing, ...WANTED } });
    if (!on()) return end(opened);
    stream = opened;
    stream.getTracks().forEach((track) => track.addEventListener("ended", () => on() && fail({})));
    video.srcObject = stream;
    video.classList.toggle("mirrored", facing === "user");
    await video.play();
    const several = (await cameras()).length > 1;
    if (on()) show(lingering ? "lingering" : "looking", several);
    return look(read, on, several);
  }

  async function look(read, on, several) {
    for (let empty = 0; on(); await sleep(PAUSE)) {
      const text = await read(picture(video, canvas));
      if (!on()) return;
      empty = text ? 0 : empty + 1;
      if (empty === GONE_AFTER) lingering = false;
      if (empty === GONE_AFTER) show("looking", several);
      if (text && lingering) show("lingering", several);
      else if (text && take(text)) lingering = true;
      else if (text) show("foreign", several);
    }
  }

  function fail({ name }) {
    stop();
    show(FAILURES[name] || "busy");
  }

  function stop() {
    run += 1;
    if (stream) end(stream);
    stream = null;
    video.srcObject = null;
    canvas.width = canvas.height = 0; // the last picture goes with it
  }

  function turn() {
    facing = facing === "user" ? "environment" : "user";
    stop();
    return start(true);
  }

  return { video, start, stop, turn };
}

async function cameras() {
  const { mediaDevices } = navigator;
  const devices = mediaDevices ? await mediaDevices.enumerateDevices().catch(() => []) : [];
  return devices.filter(({ kind }) => kind === "videoinput");
}

/**
 * @param {unknown} reader what reads its pictures, if anything
 * @returns {Promise<Sight>} as far as can be known without asking anybody
 */
export async function firstSight(reader) {
  if (!reader || (await cameras()).length === 0) return "none";
  const asking = navigator.permissions ? navigator.permissions.query({ name: "camera" }) : Promise.reject();
  const { state } = await asking.catch(() => ({ state: "prompt" })); // some browsers do not say
  return { granted: "starting", denied: "denied" }[state] || "ask";
}

// The square in the middle of what the camera sees: just what the screen shows.
function picture(video, canvas) {
  const { videoWidth, videoHeight } = video;
  const side = Math.min(videoWidth, videoHeight);
  canvas.width = canvas.height = Math.min(side, SIDE);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, (videoWidth - side) / 2, (videoHeight - side) / 2, side, side, 0, 0, canvas.width, canvas.width);
  return context.getImageData(0, 0, canvas.width, canvas.width);
}

function end(stream) {
  stream.getTracks().forEach((track) => track.stop());
}
