"""Who may open the page.  A page that any browser can reach is reached by any site that the browser shows.

    DNS rebinding   a site's name comes to mean 127.0.0.1, so its scripts could read the page.  The Host of
                    each request must therefore be an address, "localhost", or the address of `page-bind`
    CSRF            another site sends a form to the page.  Whatever changes something is a POST with a secret
                    of this process, which only the page itself can read; and a foreign Origin is rejected
    strangers       beyond this machine the page asks for `page-token`, given once in its link and kept by the
                    browser as a cookie that no script and no other site gets

Pure: functions of headers.
"""

import hmac
import ipaddress
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, unquote, urlsplit

COOKIE = "redis-clone-page"

# The page runs its own scripts and styles only, loads nothing from elsewhere, and stands in no frame.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def is_loopback(address: str) -> bool:
    """
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def host_is_allowed(host: str, bind: str) -> bool:
    """Whether the Host of a request can be no name that another site has chosen.

    >>> [host_is_allowed(host, "127.0.0.1") for host in ("127.0.0.1:8080", "[::1]:8080", "evil.example", "")]
    [True, True, False, False]
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
        if name in ("localhost", bind.lower()):
            return bool(name)
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def origin_is_ours(origin: str | None, host: str) -> bool:
    """Whether a request comes from the page itself; a browser that opens the page names no Origin.

    >>> origin_is_ours(None, "localhost:1"), origin_is_ours("http://localhost:1", "localhost:1")
    (True, True)
    >>> origin_is_ours("http://evil.example", "localhost:1")
    False
    """
    return origin is None or origin == f"http://{host}"


def has_token(wanted: str, query: str, cookies: str) -> bool:
    """Whether the link or the cookie has the token; "" is wanted when none is configured.

    >>> has_token("s3", "token=s3", ""), has_token("s3", "", "redis-clone-page=s3"), has_token("s3", "", "")
    (True, True, False)
    """
    if not wanted:
        return True
    given = parse_qs(query).get("token", [])
    try:
        cookie = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        cookie = None
    given += [unquote(cookie.value)] if cookie else []
    return any(same_secret(each, wanted) for each in given)


def same_secret(given: str, wanted: str) -> bool:
    """Compares in a time that does not tell how much of it was right."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode("utf-8", "replace"))
