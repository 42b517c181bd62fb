// Records with the microphone where the browser can, and puts the result into the form's own file field:
// what is sent is the same as without script. Watches what is being made.
(() => {
  const KINDS = [
    ["audio/webm;codecs=opus", "webm"],
    ["audio/mp4", "m4a"],
    ["audio/ogg;codecs=opus", "ogg"],
  ];
  // Enough for a voice, small enough for a weak network: about 360 kB a minute.
  const BITS = 48000;
  const LONGEST = 3600;

  const form = document.querySelector("[data-recorder]");
  if (form) watch(form.dataset.works);
  if (form && canRecord()) recorder(form);
  if (form) form.addEventListener("submit", sending);

  function canRecord() {
    try {
      new DataTransfer().items.add(new File([], "x"));
    } catch {
      return false;
    }
    return Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia && window.MediaRecorder);
  }

  function sending(event) {
    const button = event.target.querySelector("[data-sending]");
    if (button) {
      button.disabled = true;
      button.textContent = button.dataset.sending;
    }
  }

  function recorder(form) {
    const part = (name) => form.querySelector(`[data-${name}]`);
    const panel = part("recorder-panel");
    const file = form.querySelector("input[type=file]");
    const [kind, ending] = KINDS.find(([name]) => MediaRecorder.isTypeSupported(name)) || ["", "webm"];
    let running = null;
    panel.hidden = false;

    part("record").addEventListener("click", start);
    part("stop").addEventListener("click", () => running && running.media.stop());
    part("redo").addEventListener("click", () => {
      clear();
      start();
    });
    file.addEventListener("change", () => {
      if (!running) show({ listen: false, record: true });
    });

    function show(shown) {
      for (const [name, on] of Object.entries(shown)) part(name).hidden = !on;
    }

    function clear() {
      file.value = "";
      const listen = part("listen");
      if (listen.src) URL.revokeObjectURL(listen.src);
      listen.removeAttribute("src");
      part("time").textContent = "0:00";
      show({ listen: false, redo: false, record: true });
    }

    async function start() {
      if (running) return;
      let stream;
      try {
        const audio = { channelCount: 1, echoCancellation: false, noiseSuppression: true, autoGainControl: true };
        stream = await navigator.mediaDevices.getUserMedia({ audio });
      } catch {
        show({ refused: true });
        return;
      }
      clear();
      const media = new MediaRecorder(stream, { mimeType: kind || undefined, audioBitsPerSecond: BITS });
      const pieces = [];
      media.addEventListener("dataavailable", (event) => event.data.size && pieces.push(event.data));
      media.addEventListener("stop", () => finish(stream, pieces, media.mimeType));
      // In pieces, so that a browser short of memory loses a second and not the whole.
      media.start(1000);
      running = { media, began: performance.now(), meter: meter(stream), tick: setInterval(tick, 200) };
      show({ record: false, stop: true, redo: false, listen: false, refused: false });
    }

    function tick() {
      const seconds = Math.floor((performance.now() - running.began) / 1000);
      part("time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      part("level").value = running.meter.level();
      if (seconds >= LONGEST) running.media.stop();
    }

    function finish(stream, pieces, type) {
      clearInterval(running.tick);
      running.meter.close();
      running = null;
      for (const track of stream.getTracks()) track.stop();
      part("level").value = 0;
      const made = new File(pieces, `ghi-am.${ending}`, { type: (type || kind).split(";")[0] });
      const transfer = new DataTransfer();
      transfer.items.add(made);
      file.files = transfer.files;
      part("listen").src = URL.createObjectURL(made);
      show({ stop: false, record: false, redo: true, listen: true });
    }
  }

  function meter(stream) {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    return {
      level() {
        analyser.getFloatTimeDomainData(samples);
        return Math.min(1, samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0));
      },
      close: () => context.close(),
    };
  }

  function watch(address) {
    const look = async () => {
      const here = document.querySelector("[data-sound-works]");
      if (!here || !here.hasAttribute("data-open")) return;
      const playing = [...here.querySelectorAll("audio")].some((one) => !one.paused);
      try {
        const answer = playing ? null : await fetch(address, { headers: { "X-Requested-With": "XMLHttpRequest" } });
        if (answer && answer.ok) here.outerHTML = await answer.text();
      } catch {
        // No network for a moment: the next look will tell.
      }
      setTimeout(look, 2000);
    };
    setTimeout(look, 1500);
  }
})();
