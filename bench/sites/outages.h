// Pages that are no defacement: what servers, proxies and services answer instead of a page, in the words
// they use, and the page itself cut off.
#pragma once

#include <array>
#include <string_view>

namespace vedette::bench {

struct Outage {
  std::string_view name;
  int status = 200;
  std::string_view body;
  int cut = 0;  // percent of the last fetch instead of `body`
};

inline constexpr std::array kOutages = {
    Outage{"nginx 502", 502,
           "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
           "Gateway</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>"},
    Outage{"nginx 502 sent as 200", 200,
           "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
           "Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>"},
    Outage{"Apache 404", 404,
           "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>404 Not "
           "Found</title>\n</head><body>\n<h1>Not Found</h1>\n<p>The requested URL was not found on this "
           "server.</p>\n</body></html>"},
    Outage{
        "soft 404", 200,
        "<!doctype html><html lang=en><head><title>Page not found</title></head><body><h1>Oops!</h1><p>The "
        "page you are looking for does not exist.</p><a href=/>Home</a></body></html>"},
    Outage{"Cloudflare challenge", 403,
           "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title><meta "
           "http-equiv=\"refresh\" content=\"390\"></head><body><div class=\"main-wrapper\"><noscript><div "
           "class=\"h2\"><span id=\"challenge-error-text\">Enable JavaScript and cookies to "
           "continue</span></div></noscript></"
           "div><script>(function(){window._cf_chl_opt={cvId:'3',cType:'managed'};var "
           "a=document.createElement('script');a.src='/cdn-cgi/challenge-platform/h/g/orchestrate/chl_page/"
           "v1?ray=9';document.getElementsByTagName('head')[0].appendChild(a);}());</script></body></html>"},
    Outage{"Cloudflare challenge sent as 200", 200,
           "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a "
           "moment...</title></head><body><noscript>Enable JavaScript and cookies to "
           "continue</noscript><script>(function(){var "
           "a=document.createElement('script');a.src='/cdn-cgi/challenge-platform/h/g/orchestrate/chl_page/"
           "v1?ray=9';document.head.appendChild(a);}());</script></body></html>"},
    Outage{"Cloudflare 1020", 403,
           "<!DOCTYPE html><html><head><title>Attention Required! | "
           "Cloudflare</title></head><body><h1>Sorry, you have been blocked</h1><p>You are unable to access "
           "this site</p><p>Cloudflare Ray ID: 8a</p></body></html>"},
    Outage{"DataDome", 403,
           "<html lang=\"en\"><head><title>site</title></head><body style=\"margin:0\"><p id=\"cmsg\">Please "
           "enable JS and disable any ad blocker</p><script data-cfasync=\"false\">var "
           "dd={'rt':'c','cid':'A','host':'geo.captcha-delivery.com'}</script><script "
           "src=\"https://ct.captcha-delivery.com/c.js\"></script></body></html>"},
    Outage{"Akamai denial", 200,
           "<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\n \nYou don't "
           "have permission to access this page on this server.<P>\nReference #18.5\n</BODY>\n</HTML>"},
    Outage{"login wall", 200,
           "<!doctype html><html><head><title>Log in</title></head><body><form action=\"/login\" "
           "method=post><label>E-mail<input name=u></label><label>Password<input type=password "
           "name=p></label><button>Log in</button></form></body></html>"},
    Outage{"login wall, Vietnamese", 200,
           "<!doctype html><html lang=vi><head><title>Đăng nhập hệ thống</title></head><body><form "
           "action=\"/dang-nhap\" method=post><label>Tài khoản<input name=u></label><label>Mật khẩu<input "
           "type=password name=p></label><button>Đăng nhập</button></form></body></html>"},
    Outage{"maintenance, Vietnamese", 503,
           "<!doctype html><html lang=vi><head><meta charset=utf-8><title>Bảo trì hệ "
           "thống</title></head><body><h1>Hệ thống đang bảo trì</h1><p>Quý khách vui lòng quay lại "
           "sau.</p></body></html>"},
    Outage{"maintenance sent as 200", 200,
           "<!doctype html><html><head><title>Site maintenance</title></head><body><h1>We&rsquo;ll be back "
           "soon!</h1><p>Sorry for the inconvenience. We&rsquo;re performing some maintenance at the "
           "moment.</p></body></html>"},
    Outage{"needs script", 200,
           "<!doctype html><html><head><title>App</title></head><body><noscript>You need to enable "
           "JavaScript to run this app.</noscript><div id=root></div><script "
           "src=/static/js/main.js></script></body></html>"},
    Outage{"geo block", 451,
           "<html><head><title>Unavailable</title></head><body><h1>This content is not available in your "
           "country</h1></body></html>"},
    Outage{"WordPress database error", 500,
           "<!DOCTYPE html><html><head><title>Database Error</title></head><body><h1>Error establishing a "
           "database connection</h1></body></html>"},
    Outage{"database error sent as 200", 200,
           "<!DOCTYPE html><html><head><title>Database Error</title></head><body><h1>Error establishing a "
           "database connection</h1></body></html>"},
    Outage{"captcha", 200,
           "<html><head><title>Robot check</title></head><body><h4>Enter the characters you see "
           "below</h4><p>Sorry, we just need to make sure you're not a robot.</p><form method=get "
           "action=\"/errors/validateCaptcha\"><img src=\"/captcha/a.jpg\"><input "
           "name=field></form></body></html>"},
    Outage{"empty", 200, ""},
    Outage{"white space", 200, "\r\n\r\n"},
    Outage{"empty document", 200, "<html><head></head><body></body></html>"},
    Outage{"cut at 90%", 200, "", 90},
    Outage{"cut at half", 200, "", 50},
    Outage{"cut at 10%", 200, "", 10},
    Outage{"cut at 1%", 200, "", 1},
};

}  // namespace vedette::bench
