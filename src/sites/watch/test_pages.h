// Pages for the watch's tests: an ordinary page with a token that differs on every fetch, and what may
// replace it.
#pragma once

#include <fmt/format.h>

#include <string>

namespace vedette::sites::test {

inline std::string own_page(int token, std::string_view news = "The library opens at eight on weekdays.") {
  std::string out = fmt::format(
      "<!doctype html><html lang=en><head><title>Town of Example</title><meta charset=utf-8>"
      "<meta name=csrf content={0:x}><link rel=stylesheet href=/style.css?v={0}><script "
      "src=/app.js></script></head><body>"
      "<header><nav><a href=/news>News</a><a href=/council>Council</a><a "
      "href=/forms>Forms</a></nav></header><main>"
      "<h1>Welcome to the town of Example</h1><p>{1}</p>",
      token * 7919, news);
  for (int i = 0; i < 12; ++i) {
    out += fmt::format(
        "<section><h2>Service number {0}</h2><p>Citizens find the forms of service {0} here, with the "
        "opening hours and the address of the office that handles them.</p></section>",
        i);
  }
  out += fmt::format(
      "</main><footer><p>Visitors today: {}</p><p>Imprint of the town of Example</p></footer></body></html>",
      token);
  return out;
}

inline std::string defaced_page() {
  return "<html><head><title>Hacked By Gh0st Team</title></head><body bgcolor=black><center><h1>HACKED BY "
         "GH0ST TEAM</h1>"
         "<p>Your security is zero, admin. We were here. Greetz to all our friends.</p>"
         "<img src=http://img.evil.example/skull.gif></center></body></html>";
}

// Replaced by something else entirely, without one word of a defacement.
inline std::string other_page() {
  std::string out = "<html><head><title>Bicycles</title></head><body><table>";
  for (int i = 0; i < 20; ++i)
    out += fmt::format("<tr><td>Bicycle model {0}</td><td>Frame of steel, {0} gears</td></tr>", i);
  return out + "</table></body></html>";
}

}  // namespace vedette::sites::test
