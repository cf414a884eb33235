// What a scanner types like a keyboard, turned back into what the bar code holds; and told what was turned back.
// Pure of the page: `new gspScan.Reader()` is given the keys of one box, `clean` the text of a key, a camera or a paste.
(() => {
  'use strict';
  const GS = '\u001d';
  const HERE = document.currentScript && document.currentScript.src ? new URL('.', document.currentScript.src).href : '/';
  const GAP = 60, SHORTEST = 6; // milliseconds between keys, and how many of them, that only a scanner reaches
  const KEPT = 'gspflow.scanner';
  const GS1 = [']C1', ']d2', ']Q3', ']e0', ']J1'], GTIN = [']E0', ']E4', ']I1'];
  const IDENTIFIERS = [...GS1, ...GTIN, ']C0', ']d1', ']Q0', ']Q1', ']A0', ']z0'];
  // How scanners spell the separator when they cannot type it. None of these may stand in a GS1 value, but <GS>, which nobody uses as a lot.
  const SPELLED = /<GS>|\{GS\}|\[GS\]|\^\]|␝|↔|\\x1d|\\u001d|~d029|&#29;/gi;
  // The places of keys on the layout that scanners imitate, for the keys an input method swallows.
  const PLAIN = { Minus: '-_', Equal: '=+', BracketLeft: '[{', BracketRight: ']}', Backslash: '\\|', Semicolon: ';:', Quote: '\'"', Comma: ',<',
    Period: '.>', Slash: '/?', Backquote: '`~', Space: '  ', NumpadAdd: '++', NumpadSubtract: '--', NumpadMultiply: '**', NumpadDivide: '//', NumpadDecimal: '..' };
  const SHIFTED = ')!@#$%^&*(';
  // What a Chinese input method makes of punctuation.
  const CHINESE = { '。': '.', '、': '/', '【': '[', '】': ']', '《': '<', '》': '>', '“': '"', '”': '"', '‘': "'", '’': "'", '·': '`', '￥': '$', '¥': '$', '「': '{', '」': '}', '『': '{', '』': '}', '\u3000': ' ' };

  const letter = (code, shift, caps) => {
    if (/^Key[A-Z]$/.test(code)) return shift !== caps ? code[3] : code[3].toLowerCase();
    if (/^Digit\d$/.test(code)) return shift ? SHIFTED[code[5]] : code[5];
    if (/^Numpad\d$/.test(code)) return code[6];
    return code in PLAIN ? PLAIN[code][shift ? 1 : 0] : '';
  };
  const swapped = (text) => [...text].map((sign) => (sign === sign.toUpperCase() ? sign.toLowerCase() : sign.toUpperCase())).join('');
  const median = (numbers) => { const sorted = [...numbers].sort((a, b) => a - b); return sorted.length ? sorted[sorted.length >> 1] : Infinity; };

  function narrow(text) {
    return text.replace(/……/g, '^').replace(/——/g, '_').replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
      .replace(/[。、【】《》“”‘’·￥¥「」『』\u3000]/g, (sign) => CHINESE[sign]);
  }

  function profile() {
    try { return JSON.parse(localStorage.getItem(KEPT)) || {}; } catch (fault) { return {}; } // a browser that keeps nothing has no profile
  }
  function learn(found) {
    try { if (found) localStorage.setItem(KEPT, JSON.stringify(found)); else localStorage.removeItem(KEPT); return true; } catch (fault) { return false; }
  }

  // {text, told}: the data of the code, and codes of what was done to get there (words: ui/catalog/scanner.yaml, `told`).
  function clean(given, { caps = false, ime = false, isScan = false, kept = {} } = {}) {
    const told = [];
    let text = given;
    const say = (code) => { if (!told.includes(code)) told.push(code); };
    const plain = narrow(text);
    if (plain !== text) { text = plain; say('wide'); }
    if (ime) say('ime');
    if (kept.prefix && text.startsWith(kept.prefix)) { text = text.slice(kept.prefix.length); say('prefix'); }
    if (kept.suffix && text.endsWith(kept.suffix)) { text = text.slice(0, -kept.suffix.length); say('suffix'); }
    if (kept.gs && kept.gs !== GS && text.includes(kept.gs)) { text = text.split(kept.gs).join(GS); say('gs_text'); }
    if (text.search(SPELLED) >= 0) { text = text.replace(SPELLED, GS); say('gs_text'); }
    if (/[\u0000-\u001c\u001e\u001f\u007f]/.test(text)) { text = text.replace(/[\u0000-\u001c\u001e\u001f\u007f]/g, ''); say('control'); }
    const inner = text.match(/^(.{1,6}?)(\][A-Za-z]\d.*)$/s);
    if (isScan && inner && !/[[({]$/.test(inner[1])) { text = inner[2]; say('prefix'); }
    // A scanner that allows for Caps Lock itself has its symbology identifier right; all others come out inverted.
    if (isScan && caps && /[A-Za-z]/.test(text) && !IDENTIFIERS.includes(text.slice(0, 3))) { text = swapped(text); say('caps'); }
    const id = text.slice(0, 3);
    if (/^\][A-Za-z]\d$/.test(id) && ![...GS1, ...GTIN].includes(id)) text = text.slice(3);
    if (kept.lost && /^\d/.test(text.replace(/^\]\w\d/, '')) && !text.includes(GS)) say('gs_lost');
    return { text: text.trim(), told };
  }

  // The keys of one box: tells a scanner's burst from typing, and rebuilds what an input method swallowed.
  class Reader {
    constructor() { this.reset(); }
    reset() { this.keys = []; this.built = ''; this.ime = false; this.caps = false; this.separators = []; }

    // What the box has to do: {insert}, {swallow}, {end}, or nothing.
    key(event) {
      if (!event.key) return null; // a browser that fills in by itself sends keys without names
      const now = gspScan.clock(event), last = this.keys[this.keys.length - 1];
      if (last && now - last.at > 400) this.reset();
      if (['Shift', 'Control', 'Alt', 'AltGraph', 'Meta', 'CapsLock', 'NumLock'].includes(event.key)) return null;
      const swallowed = event.keyCode === 229 || event.isComposing || event.key === 'Process';
      const caps = !!(event.getModifierState && event.getModifierState('CapsLock'));
      const key = { at: now, key: event.key, code: event.code, ctrl: event.ctrlKey, shift: event.shiftKey, caps, ime: swallowed, repeat: event.repeat };
      this.keys.push(key);
      this.caps = this.caps || caps;
      if (event.ctrlKey && !event.altKey) return this.control(event);
      if (event.key === 'F8' && this.isScan()) { this.built += GS; this.separators.push('F8'); return { insert: GS }; }
      if (event.key === 'Enter' || event.key === 'Tab' || event.code === 'Enter' || event.code === 'NumpadEnter' || event.code === 'Tab') {
        if (swallowed && !this.isScan()) return null; // a person takes a word over from the input method
        return { end: event.code === 'Tab' || event.key === 'Tab' ? 'Tab' : 'Enter' };
      }
      if (swallowed) { this.ime = true; this.built += letter(event.code, event.shiftKey, caps); return null; }
      if (event.key.length === 1 && !event.altKey && !event.metaKey) this.built += event.key;
      return null;
    }

    control(event) {
      if (event.key === ']' || event.code === 'BracketRight') { this.built += GS; this.separators.push('Ctrl+]'); return { insert: GS }; }
      // Line feed, carriage return, start and end of text: scanners send them, browsers would open their own windows.
      if (this.isScan() && /^[bcjlm]$/i.test(event.key)) return { swallow: true };
      this.keys.pop();
      return null;
    }

    isScan() {
      const keys = this.keys.filter((one) => !one.repeat);
      return keys.length >= SHORTEST && median(keys.slice(1).map((one, at) => one.at - keys[at].at)) <= GAP;
    }
    pace() { return median(this.keys.slice(1).map((one, at) => one.at - this.keys[at].at)); }

    // The end: what was scanned or typed, from the box's own text or, where an input method stood between, from the keys.
    finish(shown) {
      const isScan = this.isScan(), ime = this.ime && isScan;
      const found = { ...clean(ime ? this.built : shown, { caps: this.caps, ime, isScan, kept: profile() }), isScan };
      this.reset();
      return found;
    }
  }

  // ---------------------------------------------------------------- what is wrong with a scanner, from a code whose content is known

  function diagnose(keys, given, expected, { separators = [], end = null, ime = false, caps = false, pace = 0 } = {}) {
    const say = (code, more = {}) => ({ code, ...more });
    const id = (given.match(/\][A-Za-z]\d/) || [''])[0];
    const found = [], bare = (text) => text.split(GS).join('');
    let text = narrow(given);
    if (ime) found.push(say('ime'));
    else if (text !== given) found.push(say('wide'));
    if (caps) found.push(say('caps_on'));
    const [front, back] = [expected.slice(0, expected.indexOf(GS)), expected.slice(expected.indexOf(GS) + 1)];
    const learned = {};
    const fits = (candidate, name) => {
      const at = candidate.indexOf(front), rest = at < 0 ? '' : candidate.slice(at + front.length);
      const until = at < 0 ? -1 : rest.indexOf(back);
      if (until < 0 || until > 8) return false;
      if (name) found.push(say(name));
      const before = candidate.slice(0, at).replace(/\][A-Za-z]\d$/, ''), between = rest.slice(0, until), after = rest.slice(until + back.length);
      if (before) { found.push(say('prefix', { shown: before })); learned.prefix = before; }
      if (after) { found.push(say('suffix', { shown: after })); learned.suffix = after; }
      if (between === GS) found.push(say(separators.includes('F8') ? 'gs_f8' : 'gs_right'));
      else if (between === '') { found.push(say('gs_lost')); learned.lost = true; }
      else { found.push(say('gs_replaced', { shown: between })); learned.gs = between; }
      return true;
    };
    const shapes = [[text, null], [swapped(text), 'case_swapped']];
    const known = shapes.some(([shape, name]) => fits(shape, name)) || cased(text);
    function cased(shape) {
      const [was, f, b] = [shape.toUpperCase(), front.toUpperCase(), back.toUpperCase()];
      const at = was.indexOf(f), rest = at < 0 ? '' : was.slice(at + f.length), until = rest.indexOf(b);
      if (at < 0 || until < 0 || until > 8) return false;
      const letters = shape.slice(at).replace(/[^A-Za-z]/g, '');
      found.push(say(letters === letters.toUpperCase() ? 'upper' : letters === letters.toLowerCase() ? 'lower' : 'case_mixed'));
      found.push(say(rest.slice(0, until) === GS ? 'gs_right' : until ? 'gs_replaced' : 'gs_lost', { shown: shape.slice(at + f.length, at + f.length + until) }));
      return true;
    }
    if (!known) {
      const digits = (shape) => bare(shape).replace(/\D/g, '');
      const french = /[&é"'(\-è_çà]{10}/.test(text); // digits without Shift on a French keyboard
      const layout = french || digits(text).includes(digits(expected));
      found.push(say(layout ? 'layout' : 'other_code'));
    }
    if (known) {
      found.push(say(id ? (GS1.includes(id) || GS1.includes(swapped(id)) ? 'id_right' : 'id_plain') : 'id_none', { shown: id }));
      found.push(say(end === 'Tab' ? 'end_tab' : end === 'Enter' ? 'end_enter' : 'end_none'));
      if (pace > GAP) found.push(say('slow', { shown: Math.round(pace) + ' ms' }));
    }
    return { found, learned, known, id };
  }

  // ---------------------------------------------------------------- telling a hit: sound, vibration
  // `good`: true for a hit, false for what does not fit, 'again' for a unit that was there before: three sounds, three ways to shake.

  function tell(good) {
    if (good === 'again') { tell(true); setTimeout(() => tell(false), 140); return; }
    if (navigator.vibrate) navigator.vibrate(good ? 80 : [60, 60, 60]);
    const Audio = window.AudioContext || window.webkitAudioContext;
    if (!Audio) return;
    const sound = gspScan.sound || (gspScan.sound = new Audio());
    const tone = sound.createOscillator(), loud = sound.createGain(), now = sound.currentTime;
    tone.frequency.value = good ? 1760 : 330;
    loud.gain.setValueAtTime(0.15, now);
    loud.gain.exponentialRampToValueAtTime(0.001, now + (good ? 0.12 : 0.3));
    tone.connect(loud).connect(sound.destination);
    tone.start(now);
    tone.stop(now + (good ? 0.12 : 0.3));
  }

  // ---------------------------------------------------------------- codes in pictures, by the vendored reader

  const FORMATS = ['DataMatrix', 'QRCode', 'Code128', 'EAN13', 'EAN8', 'ITF', 'DataBar', 'DataBarExp', 'Code39', 'Aztec'];
  let loading = null;
  function pictures() {
    loading = loading || new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = HERE + 'vendor/zxing-wasm/zxing_reader.js';
      script.onload = () => {
        ZXingWASM.prepareZXingModule({ overrides: { locateFile: (name) => HERE + 'vendor/zxing-wasm/' + name }, fireImmediately: true }).then(() => resolve(ZXingWASM), reject);
      };
      script.onerror = () => { loading = null; reject(new Error('not loaded')); };
      document.head.append(script);
    });
    return loading;
  }
  // The codes in a picture (ImageData, or a photo as Blob): [{text, told, id}].
  async function decode(picture) {
    const reader = await pictures();
    const read = await reader.readBarcodes(picture, { formats: FORMATS, tryHarder: true, maxNumberOfSymbols: 4, textMode: 'Plain' });
    return read.filter((one) => one.isValid).map((one) => {
      const data = new TextDecoder().decode(one.bytes), id = one.symbologyIdentifier || '';
      return { ...clean(id + data), id };
    });
  }

  window.gspScan = { GS, Reader, clean, narrow, diagnose, decode, pictures, tell, profile, learn, median, clock: (event) => event.timeStamp };

  // ---------------------------------------------------------------- plain boxes that may be scanned into (search)

  const readers = new WeakMap();
  document.addEventListener('keydown', (event) => {
    const box = event.target;
    if (!box.matches || !box.matches('input[data-scan]')) return;
    if (!readers.has(box)) readers.set(box, new Reader());
    const reader = readers.get(box), does = reader.key(event);
    if (!does) return;
    if (does.swallow) { event.preventDefault(); return; }
    if (does.insert) {
      event.preventDefault();
      box.setRangeText(does.insert, box.selectionStart, box.selectionEnd, 'end');
      box.dispatchEvent(new Event('input', { bubbles: true }));
    }
    if (does.end === 'Enter') {
      const found = reader.finish(box.value);
      if (found.told.length) { box.value = found.text; box.dispatchEvent(new Event('input', { bubbles: true })); }
      // A document code opens its page wherever it is scanned; of a UDI the lot is looked for.
      const bare = found.text.replace(/[\s-]/g, '');
      if ((/^GF[CTBV][0-9A-Z]{11,15}$/i.test(bare)) || found.text.includes(GS) || /^(\]\w\d|\(01\)|01\d{14})/.test(found.text)) {
        event.preventDefault();
        location.assign('/open?code=' + encodeURIComponent(found.text));
      }
    }
  }, true);
})();
