// The ways in which a live page is fed, the best first. Each opens a line: it
// gives what comes to line.take, its end to line.lost with a close code (1000:
// for good), and returns what closes it. line.wait says how long until the next
// sign of life.
"use strict";
const purposeWays = [
  {name: "socket", open(url, line) {
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    socket.onopen = () => line.wait(25000); // who lets it open lets it pass
    socket.onmessage = event => line.take(event.data);
    socket.onclose = event => line.lost(event.code);
    return () => socket.close();
  }},
  {name: "event stream", open(url, line) {
    const source = new EventSource(url);
    source.onmessage = event => line.take(event.data);
    source.addEventListener("end", event => line.lost(JSON.parse(event.data).code));
    source.onerror = () => line.lost(0); // it would come back by itself, without our cursor
    return () => source.close();
  }},
  {name: "polling", open(url, line) {
    const stop = new AbortController();
    let timer = 0;
    url.searchParams.set("first", "1"); // answered at once; later questions wait for something new
    async function ask() {
      line.wait(25000);
      try {
        const answer = await fetch(url, {signal: stop.signal, cache: "no-store", headers: {Accept: "application/json"}});
        if (answer.status === 404) return line.lost(1000); // the run was deleted
        const {frames, thinks, end} = await answer.json();
        for (const frame of frames) line.take(frame);
        line.take({from: line.cursor(), to: line.cursor()});
        if (end) return line.lost(end);
        url.searchParams.delete("first");
        url.searchParams.set("after", line.cursor());
        url.searchParams.set("thinks", thinks);
        timer = setTimeout(ask, 300 + 400 * Math.random());
      } catch { line.lost(0); }
    }
    ask();
    return () => { clearTimeout(timer); stop.abort(); };
  }},
];
