#!/bin/sh
# Copies what a Linux distribution keeps apart from its Java: pictures and fonts.
#   libraries.sh JRE FOLDER
set -eu
mkdir -p "$2"
command -v ldd >/dev/null || exit 0
for library in "$1"/lib/*.so; do
    ldd "$library" 2>/dev/null || true
done | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | sort -u |
    grep -E '/lib(jpeg|png|lcms2|gif|freetype|harfbuzz|graphite2|glib|pcre2|brotli|bz2)[^/]*$' |
    while read -r file; do
        cp -L "$file" "$2/"
    done
