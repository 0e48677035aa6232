#!/bin/sh
# Makes what GeoIp carries with it from public data: the country database, the table of countries, the map and the scripts
# that draw it. Run by hand, to bring it up to date; needs npm and node, and the web. The results are committed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Exact versions: the same ones give the same files.
fetch() { # PACKAGE@VERSION FOLDER
	mkdir "$scratch/$2"
	(cd "$scratch" && tar xzf "$(npm pack --silent "$1")" -C "$2" --strip-components=1)
}
fetch @ip-location-db/geo-whois-asn-country@2.3.2026061719 addresses
fetch world-atlas@2.0.2 world-atlas
fetch cldr-core@48.2.0 cldr
fetch d3-array@3.2.5 d3-array
fetch d3-geo@3.1.2 d3-geo
fetch topojson-client@3.1.0 topojson-client

page="$here/../Page/vendor"
mkdir -p "$page"
for library in d3-array d3-geo topojson-client; do
	cp "$scratch/$library/dist/$library.min.js" "$page/"
	cp "$scratch/$library/LICENSE" "$page/$library.LICENSE"
done
cp "$scratch/world-atlas/countries-110m.json" "$page/"
cp "$scratch/world-atlas/LICENSE" "$page/world-atlas.LICENSE"
cp "$scratch/addresses/NRO_LICENSE" "$here/countries.LICENSE"
cp "$scratch/cldr/LICENSE" "$here/places.LICENSE"

node "$here/make.cjs" "$scratch" "$here"
