// What this device can tell of a scan by itself, in a dead zone: the line that a code fits, or that it surely fits none.
// Only a first word: the server says the last one (forms/scanning.py). Whatever is not certain here is left to it (null).
(() => {
  'use strict';
  const FIXED = { '01': 14, '11': 6, '13': 6, '15': 6, '17': 6 }, OPEN = ['10', '21', '91', '92', '93', '94', '95', '96', '97', '98', '99', '240', '30'];
  const GS = '\u001d';

  // {di, lot, serial}, or null for a code with anything that is not read here.
  function read(text) {
    const plain = text.replace(/^\][CdQeJ]\d/, '').replace(/␝/g, GS);
    const found = plain.startsWith('(') ? bracketed(plain) : raw(plain);
    if (!found || !found['01']) return null;
    return { di: found['01'], lot: found['10'] || null, serial: found['21'] || null };
  }
  function bracketed(text) {
    const found = {};
    for (const one of text.matchAll(/\((\d{2,4})\)([^(]+)/g)) found[one[1]] = one[2];
    return found;
  }
  function raw(text) {
    const found = {};
    let at = 0;
    while (at < text.length) {
      if (text[at] === GS) { at += 1; continue; }
      const ai = text.slice(at, at + 2);
      if (FIXED[ai]) { found[ai] = text.slice(at + 2, at + 2 + FIXED[ai]); if (found[ai].length < FIXED[ai]) return null; at += 2 + FIXED[ai]; continue; }
      if (!OPEN.includes(ai)) return null;
      const end = text.indexOf(GS, at) < 0 ? text.length : text.indexOf(GS, at);
      found[ai] = text.slice(at + 2, end); at = end;
    }
    return found;
  }

  // {code: 'counted', key, by} | {code, expected, found} | null. `pending`: what waits already, by key of a tile.
  function judge(job, text, quantity, pending) {
    if (!job || !job.tiles.length) return null;
    const code = read(text);
    const tiles = job.tiles.filter((tile) => !tile.extra);
    if (!code) {
      const hit = tiles.filter((tile) => tile.parts.some((part) => text && (part.serial === text || part.lot === text)));
      return hit.length === 1 && job.counts ? { code: 'counted', key: hit[0].key, by: quantity } : null;
    }
    const fits = tiles.filter((tile) => (tile.product ? (job.packs[tile.product] || {})[code.di] !== undefined : tile.parts.some((part) => part.udi && part.udi.includes(code.di))));
    if (!fits.length) return tiles.every((tile) => tile.product && Object.keys(job.packs[tile.product] || {}).length) ? { code: 'not_listed', found: code.di } : null;
    const lots = [...new Set(fits.flatMap((tile) => tile.parts.map((part) => part.lot)).filter(Boolean))];
    if (job.job !== 'receive' && code.lot && lots.length && !lots.includes(code.lot)) return { code: 'wrong_lot', expected: lots.join('、'), found: code.lot };
    if (!job.counts) return { code: 'checked', key: fits[0].key, by: 0 };
    const here = job.job === 'receive' ? fits : fits.filter((tile) => !lots.length || tile.parts.some((part) => part.lot === code.lot && (!part.serial || part.serial === code.serial)));
    const tile = here.find((one) => one.expected === null || (one.counted || 0) + (pending[one.key] || 0) < one.expected) || here[0];
    if (!tile) return null;
    const by = (tile.parts.some((part) => part.serial) ? 1 : quantity) * ((job.packs[tile.product] || {})[code.di] || 1);
    const left = tile.expected === null ? Infinity : tile.expected - (tile.counted || 0) - (pending[tile.key] || 0);
    return by > left ? { code: 'over', expected: String(left), found: String(by), key: tile.key } : { code: 'counted', key: tile.key, by };
  }

  window.gspScanHere = { read, judge };
})();
