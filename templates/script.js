// Everything here is comfort: without it the page reads, and every time is a plain link.
(() => {
  "use strict";
  const $ = (query, root = document) => root.querySelector(query);
  const $$ = (query, root = document) => [...root.querySelectorAll(query)];
  const data = JSON.parse($("#page-data")?.textContent ?? "{}");
  const root = document.documentElement;
  const served = location.protocol === "http:" || location.protocol === "https:";
  const make = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };
  const clock = (seconds) => {
    const s = Math.floor(seconds), two = (n) => String(n).padStart(2, "0");
    const minutes = Math.floor(s / 60) % 60, hours = Math.floor(s / 3600);
    return hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
  };

  // ------------------------------------------------------------------------------------------- theme
  const dark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const themeButton = $("#theme");
  const showTheme = () => themeButton?.setAttribute("aria-pressed", String(dark()));
  themeButton?.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.setItem("lecturebook-theme", root.dataset.theme); } catch { /* not kept, then */ }
    showTheme();
  });
  showTheme();

  // ------------------------------------------------------------------------------------------ player
  // Both kinds answer to seek(seconds), toggle(), and call `onTime(seconds)` while they play.
  let onTime = () => {};
  const side = $("#player");
  const showPlayer = (open) => {
    side?.classList.toggle("open", open);
    $("#toggle-player")?.setAttribute("aria-expanded", String(open));
  };

  function filePlayer() {
    const media = $("#media");
    // It opens at the chapter's beginning, where nothing is spoken until it plays.
    const opens = Number(media.src.split("#t=")[1] ?? 0);
    let moved = false;
    media.addEventListener("timeupdate", () => {
      moved ||= !media.paused || Math.abs(media.currentTime - opens) > 0.5;
      if (moved) onTime(media.currentTime);
    });
    if (served && data.captions) {
      media.append(make("track", { kind: "captions", src: data.captions, srclang: root.lang, label: "As spoken" }));
    }
    return {
      // Half a frame in: a seek to the very second may land on the frame before it.
      seek: (seconds) => { media.currentTime = seconds + 0.02; media.play().catch(() => {}); },
      toggle: () => (media.paused ? media.play().catch(() => {}) : media.pause()),
    };
  }

  function youtubePlayer() {
    const origin = "https://www.youtube-nocookie.com";
    let frame = null, ready = false, waiting = null, playing = false;
    const send = (message) => frame.contentWindow.postMessage(JSON.stringify(message), origin);
    const command = (func, ...args) => send({ event: "command", func, args });
    const embed = (seconds) => {
      frame = make("iframe", {
        src: `${origin}/embed/${data.player.key}?enablejsapi=1&autoplay=1&playsinline=1&rel=0&start=${Math.floor(seconds)}`,
        title: data.title, allow: "autoplay; fullscreen; encrypted-media", referrerPolicy: "strict-origin-when-cross-origin",
      });
      frame.addEventListener("load", () => send({ event: "listening" }));
      $(".facade", side).replaceWith(frame);
    };
    addEventListener("message", (event) => {
      if (event.origin !== origin || event.source !== frame?.contentWindow) return;
      let message;
      try { message = JSON.parse(event.data); } catch { return; }
      ready = true;
      if (waiting !== null) { command("seekTo", waiting, true); waiting = null; }
      playing = message.info?.playerState === undefined ? playing : message.info.playerState === 1;
      if (typeof message.info?.currentTime === "number") onTime(message.info.currentTime);
    });
    const seek = (seconds) => {
      if (!frame) return embed(seconds);
      if (!ready) { waiting = seconds; return; }
      command("seekTo", seconds, true);
      command("playVideo");
    };
    $(".facade", side).addEventListener("click", (event) => { event.preventDefault(); seek(data.start ?? 0); });
    return { seek, toggle: () => (frame ? command(playing ? "pauseVideo" : "playVideo") : seek(data.start ?? 0)) };
  }

  let player = null;
  if (side && data.player?.kind === "file") player = filePlayer();
  // YouTube refuses to be embedded in a page without an address; its links still work from a file.
  if (side && data.player?.kind === "youtube" && served) player = youtubePlayer();

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.time[data-t]");
    if (!link || !player || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    showPlayer(true);
    player.seek(Number(link.dataset.t));
  });
  $("#toggle-player")?.addEventListener("click", () => showPlayer(!side.classList.contains("open")));
  $("#hide-player")?.addEventListener("click", () => { showPlayer(false); $("#toggle-player").focus(); });

  // -------------------------------------------------------------- the paragraph being spoken, following
  const spans = $$(".block[data-start]").filter((block) => !block.classList.contains("heading"))
    .map((block) => ({ block, start: Number(block.dataset.start), end: Number(block.dataset.end) }));
  const follow = $("#follow");
  let speaking = null;
  const spokenAt = (seconds) => {
    let best = null;
    for (const span of spans) {
      if (span.start <= seconds && seconds < span.end && (!best || span.start > best.start)) best = span;
    }
    return best?.block ?? null;
  };
  onTime = (seconds) => {
    const now = $("#now");
    if (now) now.textContent = clock(seconds);
    const block = spokenAt(seconds);
    if (block === speaking) return;
    speaking?.classList.remove("speaking");
    block?.classList.add("speaking");
    speaking = block;
    if (block && follow?.checked) {
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      block.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
    }
  };

  // ------------------------------------------------------------------- a time, hovered over or focused
  const peek = make("div", { className: "peek", id: "peek", hidden: true });
  peek.setAttribute("role", "tooltip");
  document.body.append(peek);
  const showPeek = (link) => {
    const block = link.closest("[data-s]");
    const said = (block?.dataset.s ?? "").split(" ").map((id) => data.spoken?.[id]).filter(Boolean);
    const seconds = Number(link.dataset.t);
    const frame = (data.frames ?? []).find(([start, end]) => start <= seconds && seconds < end);
    if (!said.length && !frame) return;
    const words = said.map((one) => one[2]).join(" ");
    peek.replaceChildren();
    if (frame) peek.append(make("img", { src: frame[2], alt: "", width: 320, height: 180 }));
    if (words) peek.append(make("q", { textContent: words.length > 260 ? words.slice(0, 260) + " …" : words }));
    peek.hidden = false;
    const at = link.getBoundingClientRect(), size = peek.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left, innerWidth - size.width - 16));
    const above = at.bottom + size.height + 12 > innerHeight && at.top > size.height + 12;
    peek.style.left = `${left + scrollX}px`;
    peek.style.top = `${(above ? at.top - size.height - 6 : at.bottom + 6) + scrollY}px`;
    link.setAttribute("aria-describedby", "peek");
  };
  const hidePeek = (link) => { peek.hidden = true; link.removeAttribute("aria-describedby"); };
  // A finger does neither: it seeks at once, and the words would lie over what they are about.
  const hovers = matchMedia("(hover: hover)").matches;
  for (const [shown, gone] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
    document.addEventListener(shown, (event) => {
      const link = event.target.closest?.("a.time[data-t]");
      if (link && (event.type === "mouseover" ? hovers : link.matches(":focus-visible"))) showPeek(link);
    });
    for (const ends of [gone, "click"]) {
      document.addEventListener(ends, (event) => { const link = event.target.closest?.("a.time[data-t]"); if (link) hidePeek(link); });
    }
  }

  // --------------------------------------------------------------------- contents that follow the reader
  const links = new Map($$(".rail [data-for]").map((link) => [link.dataset.for, link]));
  const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  const mark = () => {
    let here = null;
    for (const heading of headings) if (heading.getBoundingClientRect().top < innerHeight * 0.3) here = heading;
    for (const [id, link] of links) {
      if (id === here?.id) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
  };
  if (headings.length) { addEventListener("scroll", mark, { passive: true }); mark(); }
  const contents = $(".rail > details");
  if (contents && matchMedia("(min-width: 75rem)").matches) contents.open = true;

  // Where the current chapter stands far down, the list of chapters shows it.
  const chapterList = $(".rail .chapters"), current = $(".rail .chapters [aria-current]");
  if (current) chapterList.scrollTop = current.offsetTop - chapterList.offsetTop - chapterList.clientHeight / 2;

  const menu = $("#menu");
  document.addEventListener("click", (event) => { if (menu?.open && !menu.contains(event.target)) menu.open = false; });
  menu?.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    $("summary", menu).focus();
  });

  // ------------------------------------------------------------------------------- code, figures, dialogs
  for (const listing of $$(".listing")) {
    const button = make("button", { type: "button", className: "copy", textContent: "copy" });
    button.setAttribute("aria-label", "Copy this code");
    button.addEventListener("click", async () => {
      try { await navigator.clipboard.writeText($("code", listing).textContent); button.textContent = "copied"; }
      catch { getSelection().selectAllChildren($("code", listing)); button.textContent = "selected"; }
      setTimeout(() => { button.textContent = "copy"; }, 1600);
    });
    $("header > span:last-child", listing).append(button);
  }

  const light = $("#light");
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.enlarge");
    if (!link || !light || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    $("img", light).src = link.href;
    $("img", light).alt = $("img", link).alt;
    light.showModal();
  });
  for (const dialog of $$("dialog")) {
    dialog.addEventListener("click", (event) => { if (event.target === dialog || event.target.closest(".close")) dialog.close(); });
  }
  light?.addEventListener("click", () => light.close());

  // ------------------------------------------------------------------------------------------------ search
  const dialog = $("#search"), field = $("#search-field"), list = $("#results"), status = $("#search-status");
  let engine = null;
  async function openSearch() {
    if (!dialog) return;
    dialog.showModal();
    field.focus();
    if (!served) { status.textContent = data.searchNeedsServer; return; }
    try {
      if (engine) return;
      const loaded = await import(new URL("pagefind/pagefind.js", document.baseURI).href);
      await loaded.init();
      engine = loaded;
      // What was typed while it was loading.
      field.dispatchEvent(new Event("input"));
    } catch { status.textContent = "The search index could not be loaded."; }
  }
  // A record is a section; `marks` says at which of its words which paragraph begins: "0 s0042 754;57 s0043 761".
  const place = (found) => {
    const at = found.locations?.[0] ?? 0;
    let best = null;
    for (const mark of found.meta.marks.split(";")) {
      const [word, anchor, seconds] = mark.split(" ");
      if (!best || Number(word) <= at) best = { anchor, seconds: seconds === "" ? null : Number(seconds) };
    }
    return best;
  };
  const excerpt = (html) => {
    // Pagefind marks hits with <mark> in otherwise escaped text: parse it inertly and keep these alone.
    const parsed = new DOMParser().parseFromString(html, "text/html").body;
    return [...parsed.childNodes].map((node) =>
      node.nodeName === "MARK" ? make("mark", { textContent: node.textContent }) : document.createTextNode(node.textContent));
  };
  let asked = 0;
  field?.addEventListener("input", async () => {
    const turn = ++asked, query = field.value.trim();
    if (!engine || !query) { list.replaceChildren(); status.textContent = served ? "" : data.searchNeedsServer; return; }
    const search = await engine.debouncedSearch(query, {}, 120);
    if (!search || turn !== asked) return;
    const found = await Promise.all(search.results.slice(0, 20).map((result) => result.data()));
    if (turn !== asked) return;
    status.textContent = found.length ? `${search.results.length} place${search.results.length === 1 ? "" : "s"}` : "Nothing found.";
    list.replaceChildren(...found.map((one) => {
      const at = place(one);
      const link = make("a", { href: `${one.meta.file}#${at.anchor}`, textContent: one.meta.title });
      const item = make("li", {}, link);
      if (at.seconds !== null) {
        const time = make("a", { className: "time", textContent: clock(at.seconds), href: link.href });
        if (data.moment) time.href = data.moment.replace("{seconds}", at.seconds);
        time.dataset.t = at.seconds;
        item.append(" ", time);
      }
      item.append(make("div", {}, ...excerpt(one.excerpt)));
      link.addEventListener("click", () => dialog.close());
      return item;
    }));
  });
  $("#open-search")?.addEventListener("click", openSearch);

  // ---------------------------------------------------------------------------------------------- keyboard
  const chapters = $$(".chapter-in-whole");
  const go = (selector, step) => {
    const link = $(selector);
    if (link) { location.href = link.href; return; }
    // On the long page, the chapter before or after the one at the top.
    const here = chapters.findLastIndex((one) => one.getBoundingClientRect().top < 90);
    chapters[Math.max(0, here + step)]?.scrollIntoView();
  };
  $("#open-keys")?.addEventListener("click", () => $("#keys").showModal());
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    if ($("dialog[open]")) return;
    const keys = {
      "/": openSearch,
      j: () => go("a[rel=next]", 1),
      k: () => go("a[rel=prev]", -1),
      t: () => { if (side) showPlayer(true); player?.toggle(); },
      f: () => follow?.click(),
      "?": () => $("#keys")?.showModal(),
    };
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });

  // --------------------------------------------------------------------------------------- library filter
  const seek = $("#seek");
  seek?.addEventListener("input", () => {
    const words = seek.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of $$(".lectures > li")) {
      const text = item.textContent.toLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
      if (!item.hidden) shown += 1;
    }
    $("#seek-status").textContent = words.length ? `${shown} lecture${shown === 1 ? "" : "s"}` : "";
  });
})();
