#!/bin/sh
# Two scanners against the demonstration, on this machine only, bounded in requests and time:
#   sh tools/scan.sh VENV [MINUTES]
# VENV is an environment with `pip install wapiti3 sqlmap`. They run signed out and signed in as a facilitator.
# Left out is what shuts the scanner itself out: ending its sign-ins, and keeping its account out of a consultation. It presses
# everything, and would then compare two sign-in pages, or two of a page that is not there.
# Reports lie in the folder that is named at the end. Anything above "informational" is a fault to mend.
set -eu
tools=$1
minutes=${2:-4}
folder=$(mktemp -d)
python=.venv/bin/python
port=8991
$python -m tools.scanned "$folder" $port > "$folder/site.log" 2>&1 &
site=$!
trap 'kill $site 2>/dev/null || true' EXIT
trap 'exit 1' INT TERM
until [ -f "$folder/ready.json" ]; do
  kill -0 $site
  sleep 1
done
base="http://localhost:$port"
cookie=$($python -c "import json, sys; print(json.load(open(sys.argv[1]))['cookie'])" "$folder/ready.json")
code=$($python -c "import json, sys; print(json.load(open(sys.argv[1]))['code'])" "$folder/ready.json")
# All but guessing passphrases (brute_login_form), TLS (the front server's), and what asks somebody outside this machine
# (htp, log4shell, nikto, takeover, wapp). Those that make a site fetch something (ssrf, xxe) name this machine.
modules="backup,buster,cms,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,ldap,methods,network_device"
modules="$modules,permanentxss,redirect,shellshock,spring4shell,sql,ssrf,timesql,upload,wp_enum,xss,xxe"
scan() {
  name=$1
  shift
  "$tools/bin/wapiti" -u "$base/" --scope folder --flush-session --store-session "$folder" \
    -m "$modules" --max-scan-time $((minutes * 60)) --max-attack-time 60 --max-links-per-page 40 -d 4 \
    -x "$base/leave" -x "$base/s/out" -x "$base/s/me/sign-in/*" -x "$base/s/c/*/apart" --endpoint "http://127.0.0.1:9" -f json -o "$folder/wapiti-$name.json" --no-bugreport "$@" \
    > "$folder/wapiti-$name.log" 2>&1 || true
}
inject() {
  name=$1
  shift
  timeout $((minutes * 60)) "$tools/bin/sqlmap" --batch --disable-coloring --level 2 --risk 1 --threads 2 --retries 0 --ignore-code 404 \
    --flush-session --output-dir "$folder/sqlmap-$name" "$@" > "$folder/sqlmap-$name.log" 2>&1 || true
}
scan out
scan in -H "Cookie: $cookie" -s "$base/s/" -s "$base/s/c" -s "$base/s/services"
inject code -u "$base/" --data "code=$code" -p code
inject receipt -u "$base/back" --data "number=12345678901234567890" -p number
inject signin -u "$base/s/in" --data "email=a@example.org&passphrase=x" -p email
inject language -u "$base/help?l=en" -p l
inject address -u "$base/k/$code*"
inject staff -u "$base/s/c/none*" --cookie "$cookie"
$python -m tools.scanned --report "$folder" $port || true
echo "Reports: $folder"
