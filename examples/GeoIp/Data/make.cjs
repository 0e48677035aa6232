// make.cjs PACKAGES OUTPUT: writes countries.bin, where addresses are, and places.tsv, where countries are.
//
// countries.bin: the letters GEOIPDB1, then compressed with Brotli:
//   three texts (source, date, licence), each its length and UTF-8
//   number of countries, then two letters each; country 0 of what follows is "none", so the first is country 1
//   for IPv4, then for IPv6 (upper 64 bits): number of ranges; how far each begins after the one before; a byte each, its country
// Numbers are LEB128. A range goes on until the next one begins.
'use strict';
const fs = require('fs');
const path = require('path');
const vm = require('vm');
const zlib = require('zlib');
const [, , packages, output] = process.argv;

const source = JSON.parse(fs.readFileSync(path.join(packages, 'addresses/package.json'), 'utf8'));
const [, year, month, day] = /\.(\d{4})(\d\d)(\d\d)\d*$/.exec(source.version);

function readRanges(file, shift) {
  const ranges = [];
  for (const line of fs.readFileSync(path.join(packages, 'addresses', file), 'utf8').split('\n')) {
    if (line) {
      const [first, last, code] = line.split(',');
      // A range that is smaller than a /64 stands for it where it covers its first address.
      const begin = (BigInt(first) + (1n << shift) - 1n) >> shift;
      const end = BigInt(last) >> shift;
      if (begin <= end) ranges.push({ begin, end: end + 1n, code });
    }
  }
  ranges.sort((a, b) => (a.begin < b.begin ? -1 : a.begin > b.begin ? 1 : 0));
  return ranges;
}

// What lies between ranges is "none"; neighbours of the same country become one.
function join(ranges) {
  const joined = [];
  let at = 0n;
  const add = (begin, code) => {
    if (joined.length === 0 ? code !== null : joined[joined.length - 1].code !== code) joined.push({ begin, code });
  };
  for (const { begin, end, code } of ranges) {
    if (end <= at) continue;
    if (begin > at) add(at, null);
    add(begin > at ? begin : at, code);
    at = end;
  }
  add(at, null);
  return joined;
}

const families = [readRanges('geo-whois-asn-country-ipv4-num.csv', 0n), readRanges('geo-whois-asn-country-ipv6-num.csv', 64n)].map(join);
families[0] = families[0].filter(range => range.begin < 1n << 32n);
families[1] = families[1].filter(range => range.begin < 1n << 64n);
const codes = [...new Set(families.flat().map(range => range.code).filter(code => code !== null))].sort();
if (codes.length > 255 || !codes.every(code => /^[A-Z]{2}$/.test(code))) throw new Error(`unexpected countries: ${codes}`);

const bytes = [];
function number(value) {
  for (value = BigInt(value); value >= 128n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  bytes.push(Number(value));
}
function text(value) {
  const encoded = Buffer.from(value, 'utf8');
  number(encoded.length);
  bytes.push(...encoded);
}
text('ip-location-db geo-whois-asn-country ' + source.version);
text(`${year}-${month}-${day}`);
text('CC BY 4.0 by the Number Resource Organization, nro.net');
number(codes.length);
for (const code of codes) bytes.push(...Buffer.from(code));
for (const ranges of families) {
  number(ranges.length);
  let before = 0n;
  for (const { begin } of ranges) {
    number(begin - before);
    before = begin;
  }
  for (const { code } of ranges) bytes.push(code === null ? 0 : codes.indexOf(code) + 1);
}
const compressed = zlib.brotliCompressSync(Buffer.from(bytes), { params: { [zlib.constants.BROTLI_PARAM_LGWIN]: 24 } });
fs.writeFileSync(path.join(output, 'countries.bin'), Buffer.concat([Buffer.from('GEOIPDB1'), compressed]));

// Where a country's circle goes: the middle of its largest part, as Natural Earth draws it; for the few that it does not
// draw apart, such as French Guiana, a place given here.
const elsewhere = {
  AN: [-68.9, 12.2], BQ: [-68.3, 12.2], BV: [3.4, -54.4], CC: [96.9, -12.2], CX: [105.6, -10.5], GF: [-53.1, 4.0], GI: [-5.35, 36.1], GP: [-61.5, 16.2], MQ: [-61.0, 14.6],
  RE: [55.5, -21.1], SJ: [18.0, 78.8], TK: [-171.8, -9.2], TV: [178.7, -7.5], UM: [-162.1, 5.9], YT: [45.2, -12.8], XK: [20.9, 42.6], EU: [9.0, 50.0], AP: [105.0, 20.0],
};
const scope = vm.createContext({});
for (const name of ['d3-array', 'd3-geo', 'topojson-client']) {
  vm.runInContext(fs.readFileSync(path.join(packages, name, 'dist', `${name}.min.js`), 'utf8'), scope);
}
const { d3, topojson } = scope;
const atlas = JSON.parse(fs.readFileSync(path.join(packages, 'world-atlas/countries-50m.json'), 'utf8'));
const drawn = new Map(); // some countries have territories of the same number
for (const feature of topojson.feature(atlas, atlas.objects.countries).features) {
  if (!drawn.has(feature.id) || d3.geoArea(feature) > d3.geoArea(drawn.get(feature.id))) drawn.set(feature.id, feature);
}
const mappings = JSON.parse(fs.readFileSync(path.join(packages, 'cldr/supplemental/codeMappings.json'), 'utf8')).supplemental.codeMappings;
const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

function largestPart(geometry) {
  if (geometry.type !== 'MultiPolygon') return geometry;
  const parts = geometry.coordinates.map(coordinates => ({ type: 'Polygon', coordinates }));
  return parts.reduce((largest, part) => (d3.geoArea(part) > d3.geoArea(largest) ? part : largest));
}

const lines = [];
for (const code of Object.keys(mappings).concat('XK').filter((code, i, all) => /^[A-Z]{2}$/.test(code) && all.indexOf(code) === i).sort()) {
  const feature = mappings[code]?._numeric && drawn.get(mappings[code]._numeric);
  const at = elsewhere[code] ?? (feature ? d3.geoCentroid(largestPart(feature.geometry)) : null);
  if (!at) {
    if (codes.includes(code)) throw new Error(`nobody knows where ${code} is`);
    continue;
  }
  lines.push([code, names.of(code) ?? code, at[1].toFixed(2), at[0].toFixed(2), feature ? mappings[code]._numeric : ''].join('\t'));
}
const known = new Set(lines.map(line => line.slice(0, 2)));
const lost = codes.filter(code => !known.has(code));
if (lost.length > 0) throw new Error(`nobody knows where these are: ${lost}`);
fs.writeFileSync(path.join(output, 'places.tsv'), lines.join('\n') + '\n');
console.log(`${families[0].length} IPv4 ranges, ${families[1].length} IPv6 ranges, ${codes.length} countries of ${lines.length}: ${compressed.length} bytes`);
