// A worker is either the one that verifies, or one of those that check signatures for it.
import { firstFalse } from "./signatures.js";
import { verify } from "./verify.js";

const LARGEST = 2 ** 30; // a hundred times the record of the largest congress

/** Many workers as one: each has a port and one piece of work at a time. */
class Helpers {
  constructor(ports) {
    this.width = ports.length;
    this.idle = ports;
    this.waiting = [];
  }

  check(jobs) {
    return new Promise((resolve, reject) => {
      this.waiting.push({ jobs, resolve, reject });
      this.serve();
    });
  }

  serve() {
    while (this.idle.length && this.waiting.length) {
      const port = this.idle.pop();
      const { jobs, resolve, reject } = this.waiting.shift();
      port.onmessage = ({ data }) => {
        this.idle.push(port);
        if (data.error) reject(new Error(data.error));
        else resolve(data.index);
        this.serve();
      };
      port.postMessage(jobs);
    }
  }
}

function help(port) {
  port.onmessage = async ({ data: jobs }) => {
    try {
      port.postMessage({ index: await firstFalse(jobs) });
    } catch (error) {
      port.postMessage({ error: String(error) });
    }
  };
}

async function lead({ file, typed, ports }) {
  const tell = (progress) => self.postMessage({ progress });
  if (file.size > LARGEST) {
    self.postMessage({ report: { good: false, step: 1, code: "file.large", values: {} } });
    return;
  }
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    self.postMessage({ report: await verify(bytes, typed, new Helpers(ports), tell) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
}

self.onmessage = ({ data }) => (data.port ? help(data.port) : lead(data));
