// The workers: one that verifies, and one a processor that check signatures for it.
import { byId } from "./dom.js";

const MOST = 8;

export const isFit = () =>
  typeof Worker === "function" &&
  typeof BigInt === "function" &&
  typeof Object.hasOwn === "function" &&
  Boolean(globalThis.crypto?.subtle);

/** Starts to verify; the answers are called with progress, and once with a report or an error. */
export function start(file, typed, { progressed, finished, broken }) {
  const source = new Blob([byId("worker").textContent], { type: "text/javascript" });
  const address = URL.createObjectURL(source);
  const crew = [];
  const hire = () => {
    const worker = new Worker(address);
    worker.onerror = (event) => end(() => broken(event.message ?? ""));
    crew.push(worker);
    return worker;
  };
  const stop = () => {
    for (const worker of crew) worker.terminate();
    URL.revokeObjectURL(address);
  };
  const end = (answer) => {
    stop();
    answer();
  };
  const leader = hire();
  leader.onmessage = ({ data }) => {
    if (data.progress) progressed(data.progress);
    else if (data.report) end(() => finished(data.report));
    else end(() => broken(data.error));
  };
  const ports = Array.from({ length: helpers() }, () => {
    const { port1, port2 } = new MessageChannel();
    hire().postMessage({ port: port1 }, [port1]);
    return port2;
  });
  leader.postMessage({ file, typed, ports }, ports);
  return stop;
}

const helpers = () => Math.min(MOST, Math.max(1, navigator.hardwareConcurrency || 2));
