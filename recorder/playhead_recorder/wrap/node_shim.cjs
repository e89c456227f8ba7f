// Sends what Node fetches through the proxy of the environment, where Node itself would not.
//
// Loaded with --require into every Node below `playhead record`, before the program. Node 24, 22.21 and later
// do it themselves (NODE_USE_ENV_PROXY). Older ones: `fetch` gets a dispatcher, `http` and `https` agents
// get a connector, both of which open a CONNECT tunnel. It must never break the program: whatever it does
// not find, it leaves alone.
"use strict";

const DISPATCHER = Symbol.for("undici.globalDispatcher.1");

function heedsTheEnvironment() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major >= 24 || (major === 22 && minor >= 21);
}

function proxyOf(environment) {
  const address = environment.HTTPS_PROXY || environment.https_proxy;
  return address ? new URL(address) : null;
}

function skips(environment, host, port) {
  const listed = (environment.NO_PROXY || environment.no_proxy || "").split(",");
  return listed.some((entry) => {
    const name = entry.trim();
    return name !== "" && (name === host || name === `${host}:${port}`);
  });
}

// A socket to host:port through the proxy; `done(error, socket)`.
function tunnel(proxy, host, port, done) {
  const net = require("node:net");
  const name = host.includes(":") ? `[${host}]` : host;
  const socket = net.connect({ host: proxy.hostname, port: Number(proxy.port) || 80 });
  let head = Buffer.alloc(0);
  const fail = (error) => {
    socket.destroy();
    done(error instanceof Error ? error : new Error(`the proxy closed the connection to ${name}:${port}`));
  };
  const read = () => {
    let data;
    while ((data = socket.read()) !== null) {
      head = Buffer.concat([head, data]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) {
        continue;
      }
      socket.removeListener("readable", read);
      socket.removeListener("error", fail);
      socket.removeListener("end", fail);
      const status = head.subarray(0, head.indexOf("\r\n")).toString("latin1");
      if (!/^HTTP\/1\.[01] 200(?: |$)/.test(status)) {
        fail(new Error(`the proxy answered ${status} for ${name}:${port}`));
        return;
      }
      const rest = head.subarray(end + 4);
      if (rest.length > 0) {
        socket.unshift(rest);
      }
      socket.setNoDelay(true);
      done(null, socket);
      return;
    }
  };
  socket.on("readable", read);
  socket.on("error", fail);
  socket.on("end", fail);
  socket.write(`CONNECT ${name}:${port} HTTP/1.1\r\nHost: ${name}:${port}\r\n\r\n`);
}

function secured(socket, options, done) {
  const tls = require("node:tls");
  const secure = tls.connect({ ...options, socket });
  const fail = (error) => done(error);
  secure.once("error", fail);
  secure.once("secureConnect", () => {
    secure.removeListener("error", fail);
    done(null, secure);
  });
}

// undici, which is Node's fetch: an agent of the class that it uses already, with our connector.
function tellFetch(proxy, environment) {
  void globalThis.Request; // loads undici, which sets its dispatcher
  const usual = globalThis[DISPATCHER];
  if (!usual || typeof usual.constructor !== "function" || usual.constructor.name !== "Agent") {
    return;
  }
  const net = require("node:net");
  const Agent = usual.constructor;
  const connect = (target, done) => {
    const isSecure = target.protocol === "https:";
    const port = Number(target.port) || (isSecure ? 443 : 80);
    const host = target.hostname.replace(/^\[|\]$/g, "");
    const finish = (error, socket) => {
      if (error) {
        done(error);
      } else if (isSecure) {
        const name = target.servername || (net.isIP(host) ? undefined : host);
        secured(socket, { host, servername: name, ALPNProtocols: ["http/1.1"] }, done);
      } else {
        done(null, socket);
      }
    };
    if (!skips(environment, host, port)) {
      tunnel(proxy, host, port, finish);
      return;
    }
    const socket = net.connect({ host, port });
    const fail = (error) => finish(error);
    socket.once("error", fail);
    socket.once("connect", () => {
      socket.removeListener("error", fail);
      socket.setNoDelay(true);
      finish(null, socket);
    });
  };
  globalThis[DISPATCHER] = new Agent({ connect });
}

// Agents of http and https, of the module and of the program. One that brings its own way is left alone.
function tellAgents(module, isSecure, proxy, environment) {
  const net = require("node:net");
  const agents = module.Agent.prototype;
  const usual = agents.createConnection;
  agents.createConnection = function createConnection(options, done) {
    const host = String(options.host || "localhost");
    const port = Number(options.port) || (isSecure ? 443 : 80);
    const isLocal = options.socketPath || options.path || options.socket;
    if (isLocal || typeof done !== "function" || skips(environment, host, port)) {
      return usual.apply(this, arguments);
    }
    tunnel(proxy, host, port, (error, socket) => {
      if (error) {
        done(error);
      } else if (isSecure) {
        const name = options.servername || (net.isIP(host) ? undefined : host);
        secured(socket, { ...options, servername: name }, done);
      } else {
        done(null, socket);
      }
    });
    return undefined;
  };
}

try {
  const proxy = heedsTheEnvironment() ? null : proxyOf(process.env);
  if (proxy) {
    const environment = { ...process.env };
    tellAgents(require("node:http"), false, proxy, environment);
    tellAgents(require("node:https"), true, proxy, environment);
    tellFetch(proxy, environment);
  }
} catch {
  // The program runs as it would have; what it sends is not recorded, which the recorder says.
}
