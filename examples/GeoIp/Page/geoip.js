// Draws what the server tells: a map once, everything else with each event. Text goes in as text, never as markup.
'use strict';

const svg = name => document.createElementNS('http://www.w3.org/2000/svg', name);
const byId = id => document.getElementById(id);
const whole = number => number.toLocaleString('en-US');
const projection = d3.geoNaturalEarth1().fitExtent([[6, 6], [994, 494]], { type: 'Sphere' });
const circles = new Map();
const landOf = new Map();
let order = '';

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function addPath(shape, className) {
  const path = svg('path');
  path.setAttribute('d', d3.geoPath(projection)(shape) ?? '');
  path.setAttribute('class', className);
  byId('land').append(path);
  return path;
}

async function drawMap() {
  addPath({ type: 'Sphere' }, 'sphere');
  addPath(d3.geoGraticule10(), 'graticule');
  const atlas = await (await fetch('countries-110m.json')).json();
  for (const country of topojson.feature(atlas, atlas.objects.countries).features) {
    landOf.set(country, addPath(country, 'country'));
  }
}

// The area says how many; the one with the most is always the same size, so that the map never overflows.
const radius = (requests, most) => Math.max(4, 44 * Math.sqrt(requests / Math.max(most, 12)));

function showCircles(data) {
  const cities = data.cities.filter(city => city.latitude !== null);
  // A country's circle is for what its cities' circles leave over: requests whose city is not known, or not among those that are shown.
  const inCities = new Map();
  for (const { code, requests, addresses } of cities) {
    const sum = inCities.get(code) ?? { requests: 0, addresses: 0 };
    inCities.set(code, { requests: sum.requests + requests, addresses: sum.addresses + addresses });
  }
  const places = data.countries
    .filter(country => country.latitude !== null)
    .map(country => {
      const shown = inCities.get(country.code);
      if (!shown) return { ...country, key: country.code, label: country.name };
      return { ...country, key: country.code, label: `${country.name}, no city`, requests: country.requests - shown.requests, addresses: Math.max(country.addresses - shown.addresses, 0) };
    })
    .filter(place => place.requests > 0)
    .concat(cities.map(city => ({ ...city, key: `${city.code} ${city.city}`, label: `${city.city}, ${city.code}` })));
  const most = Math.max(...places.map(place => place.requests), 1);
  const gone = new Set(circles.keys());
  for (const place of places) {
    gone.delete(place.key);
    const [x, y] = projection([place.longitude, place.latitude]);
    const size = radius(place.requests, most);
    let shown = circles.get(place.key);
    if (!shown) {
      shown = { circle: svg('circle'), text: svg('text'), requests: 0 };
      shown.circle.setAttribute('r', 0);
      shown.circle.dataset.place = place.key;
      shown.circle.addEventListener('mousemove', event => showTip(event, shown));
      shown.circle.addEventListener('mouseleave', () => { byId('tip').hidden = true; });
      byId('circles').append(shown.circle, shown.text);
      circles.set(place.key, shown);
      for (const [country, path] of landOf) {
        if (d3.geoContains(country, [place.longitude, place.latitude])) path.classList.add('seen');
      }
    }
    if (place.requests > shown.requests) {
      shown.circle.classList.remove('hit');
      void shown.circle.getBoundingClientRect(); // the animation begins anew
      shown.circle.classList.add('hit');
    }
    Object.assign(shown, { requests: place.requests, place });
    for (const part of [shown.circle, shown.text]) {
      part.setAttribute(part === shown.circle ? 'cx' : 'x', x);
      part.setAttribute(part === shown.circle ? 'cy' : 'y', y);
    }
    shown.circle.dataset.requests = place.requests;
    requestAnimationFrame(() => shown.circle.setAttribute('r', size.toFixed(1)));
    shown.text.textContent = size > 13 ? whole(place.requests) : '';
  }
  // Small ones lie upon large ones. Only moved when that changes something: what is moved begins its animation anew.
  const keys = places.sort((a, b) => b.requests - a.requests).map(place => place.key);
  if (keys.join('\n') !== order) {
    order = keys.join('\n');
    byId('circles').append(...keys.flatMap(key => [circles.get(key).circle, circles.get(key).text]));
  }
  for (const key of gone) {
    const { circle, text } = circles.get(key);
    circle.remove();
    text.remove();
    circles.delete(key);
  }
  byId('nowhere').replaceChildren(...data.countries.filter(country => country.latitude === null).map(country => {
    const chip = element('span', `${country.name} `);
    chip.append(element('b', whole(country.requests)));
    return chip;
  }));
}

function showTip(event, shown) {
  const tip = byId('tip');
  const box = byId('map-box').getBoundingClientRect();
  tip.textContent = `${shown.place.label}: ${whole(shown.place.requests)} requests from ${whole(shown.place.addresses)} addresses`;
  tip.hidden = false;
  tip.style.left = `${Math.min(event.clientX - box.left + 14, box.width - tip.offsetWidth - 8)}px`;
  tip.style.top = `${event.clientY - box.top + 14}px`;
}

function showTable(id, rows) {
  byId(id).tBodies[0].replaceChildren(...rows.map(({ cells, share }) => {
    const row = document.createElement('tr');
    row.append(...cells.map(cell => element('td', cell)));
    if (share !== undefined) row.style.setProperty('--share', `${(100 * share).toFixed(1)}%`);
    return row;
  }));
}

function showTables({ totals, countries, services, addresses }) {
  const most = Math.max(...countries.map(country => country.requests), 1);
  const busiest = Math.max(...services.map(service => service.requests), 1);
  showTable('countries', countries.map(country => ({ cells: [country.name, whole(country.requests), whole(country.addresses)], share: country.requests / most })));
  showTable('services', services.map(service => ({ cells: [service.port, whole(service.requests), whole(service.addresses)], share: service.requests / busiest })));
  showTable('addresses', addresses.map(address => ({
    cells: [address.address, address.city ? `${address.city}, ${address.country}` : address.country, address.services.map(service => `${service.port}: ${whole(service.requests)}`).join('  '), whole(address.requests)],
  })));
  byId('requests').textContent = whole(totals.requests);
  byId('address-total').textContent = whole(totals.addresses);
  byId('country-total').textContent = whole(countries.filter(country => country.code.length === 2).length);
  const limits = [`${whole(totals.repeated)} SYNs were sent again and not counted again.`];
  for (const [count, what] of [[totals.forgotten, 'addresses'], [totals.forgottenPorts, 'ports of addresses'], [totals.forgottenCities, 'cities'], [totals.forgottenAttempts, 'attempts to connect'], [totals.forgottenWords, 'words']]) {
    if (count > 0) limits.push(`${whole(count)} ${what} had to make room for others.`);
  }
  if (totals.lost > 0) limits.push(`${whole(totals.lost)} requests came too fast to know where from.`);
  byId('limits').textContent = limits.join(' ');
}

const colors = ['#ffb454', '#7fd1ff', '#a6e3a1', '#ff9f87', '#cba6f7', '#f5e08a', '#8fe0d2'];

function showWords(words) {
  if (words.length === 0) return;
  const most = words[0].count;
  const sizeOf = word => 11 + (words.length > 60 ? 16 : 26) * Math.sqrt(word.count / most);
  // In the order of the alphabet words keep their places, whichever grows.
  const ordered = [...words].sort((a, b) => (a.word < b.word ? -1 : 1));
  byId('cloud').replaceChildren(...ordered.map(word => {
    const span = element('span', word.word);
    let hash = 0;
    for (const letter of word.word) hash = (hash * 31 + letter.codePointAt(0)) >>> 0;
    span.style.fontSize = `${sizeOf(word).toFixed(1)}px`;
    span.style.color = colors[hash % colors.length];
    span.title = `${word.count}`;
    return span;
  }));
}

function show(data) {
  showCircles(data);
  showTables(data);
  showWords(data.words);
  const { name, date, license } = data.database;
  byId('database').textContent = `${name}, ${date}, ${license}`;
}

drawMap().then(() => {
  const events = new EventSource('api/events'); // reconnects by itself
  events.onopen = () => byId('live').classList.remove('off');
  events.onerror = () => byId('live').classList.add('off');
  events.onmessage = event => show(JSON.parse(event.data));
});
