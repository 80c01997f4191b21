#include "sites/judge/hostile_traits.h"

#include <algorithm>
#include <array>

#include "base/text/fold.h"
#include "sites/judge/excerpt.h"
#include "sites/judge/script_shape.h"

namespace vedette::sites {
namespace {

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool host_is(std::string_view host, std::string_view name) {
  return host == name ||
         (host.size() > name.size() && host.ends_with(name) && host[host.size() - name.size() - 1] == '.');
}

// Free picture and file hosts that the mirrors of defaced pages are full of; owners use their own.
constexpr std::array kFreeHosts = {
    "top4top.io",        "top4top.net",     "imgur.com",       "ibb.co",         "postimg.cc",
    "postimg.org",       "hizliresim.com",  "imageshack.us",   "imageshack.com", "tinypic.com",
    "photobucket.com",   "catbox.moe",      "uguu.se",         "prnt.sc",        "pomf.cat",
    "imgbb.com",         "pinimg.com",      "tenor.com",       "giphy.com",      "wallpaperaccess.com",
    "wallpapercave.com", "mrwallpaper.com", "alphacoders.com", "upload.ee",      "anonfiles.com",
    "discordapp.com",    "discordapp.net",  "telegra.ph",      "kym-cdn.com",    "gifer.com",
    "pixhost.to",        "imggmi.com",      "resimlink.com",   "resimyukle.com", "dosya.tc",
    "zippyshare.com"};
constexpr std::array kPasteHosts = {"pastebin.com",
                                    "paste.ee",
                                    "hastebin.com",
                                    "rentry.co",
                                    "ghostbin.co",
                                    "dpaste.com",
                                    "termbin.com",
                                    "controlc.com",
                                    "gist.githubusercontent.com",
                                    "raw.githubusercontent.com",
                                    "glot.io",
                                    "justpaste.it",
                                    "pastefs.com",
                                    "ngrok.io",
                                    "ngrok-free.app",
                                    "trycloudflare.com"};

constexpr std::size_t kRawBytes = 256u << 10;

struct Points {
  HostileTraits out;
  void add(std::string_view name, int points, std::string_view where, std::string_view text) {
    out.traits.push_back({name, points, std::string(where), clipped(text, 300)});
    out.points += points;
  }
};

std::string all_styles(const Page& page) {
  std::string out;
  for (const StyleBlock& style : page.styles) {
    out += style.body.substr(0, 20'000);
    if (out.size() > 60'000) break;
  }
  return out;
}

void media(const Features& f, Points& points) {
  for (const Ref& ref : f.page.refs) {
    const bool sound =
        ref.kind == RefKind::kMedia ||
        ((ref.kind == RefKind::kFrame || ref.kind == RefKind::kObject) && holds(ref.url, "autoplay=1"));
    if (!sound) continue;
    points.add("autoplay_media", f.page.text_bytes < 4'000 ? 3 : 2, ref.path, ref.url);
    return;
  }
  if (holds(f.page.html.substr(0, 200'000), "<bgsound"))
    points.add("autoplay_media", 3, "bgsound", "bgsound");
}

void pictures(const Features& f, Points& points) {
  for (const HostUse& use : f.hosts) {
    if (std::any_of(kFreeHosts.begin(), kFreeHosts.end(),
                    [&](std::string_view name) { return host_is(use.host, name); })) {
      points.add("free_host", f.page.text_bytes < 4'000 ? 3 : 1, "img", use.host);
      return;
    }
  }
  const std::string styles = all_styles(f.page);
  for (std::string_view name : kFreeHosts) {
    if (holds(styles, name)) return points.add("free_host", 3, "style", name);
  }
}

void looks(const Features& f, Points& points) {
  const std::string_view html = f.page.html.substr(0, 200'000);
  if (holds(html, "<marquee") || holds(html, "<MARQUEE")) points.add("marquee", 2, "marquee", "marquee");
  if (holds(html, "<blink") || holds(html, "<font color")) points.add("old_markup", 1, "font", "font");
  const std::string styles = all_styles(f.page);
  const bool small = f.page.text_bytes < 3'000;
  const bool dark = holds(styles, "background-color: #000") || holds(styles, "background-color:#000") ||
                    holds(styles, "background: #000") || holds(styles, "background:#000") ||
                    holds(styles, "background: black") || holds(styles, "background-color: black") ||
                    holds(styles, "background-color:black") || holds(styles, "background:black") ||
                    holds(styles, "background-color: #111") || holds(styles, "background: #111") ||
                    holds(html, "bgcolor=\"black\"") || holds(html, "bgcolor=\"#000") ||
                    holds(html, "bgcolor=black") || holds(html, "bgcolor='black'");
  if (small && (holds(html, "<center") || holds(html, "<CENTER")))
    points.add("centred", 1, "center", "center");
  if (small && (holds(html, ".mp3") || holds(html, "soundcloud.com"))) points.add("music", 2, "html", ".mp3");
  if (small && (holds(html, "@gmail.com") || holds(html, "@protonmail") || holds(html, "[at]") ||
                holds(html, "@yandex") || holds(html, "discord.gg")))
    points.add("private_mail", 1, "html", "@");
  if (holds(html, "//hacked") || holds(html, "\\/hacked") || holds(html, "//defaced") ||
      holds(html, "//pwned"))
    points.add("host_name", 4, "url", "hacked");
  if (small && dark) points.add("black_page", 1, "style", "background");
  const bool stage = holds(styles, "Orbitron") || holds(styles, "Iceland") ||
                     holds(styles, "Share Tech Mono") || holds(styles, "glitch") || holds(styles, "blink") ||
                     holds(styles, "text-shadow") || holds(html, "Press+Start") ||
                     holds(html, "family=Iceland") || holds(html, "family=Orbitron") ||
                     holds(html, "family=VT323") || holds(html, "snow");
  if (small && stage) points.add("staged_text", 1, "style", "font");
  if (small && (holds(html, "cursor:url(") || holds(html, "cursor: url(")))
    points.add("cursor", 2, "style", "cursor");
}

void handles(const Features& f, Points& points) {
  std::string text;
  for (const TextBlock& block : f.page.blocks) {
    text += block.text.substr(0, 300);
    text += '\n';
    if (text.size() > 4'000) break;
  }
  const bool small = f.page.text_bytes < 3'000;
  if (!small) return;
  if (holds(text, "t.me/") || holds(text, "T.me/") || holds(text, "Telegram") || holds(text, "telegram"))
    points.add("contact_handle", 2, "text", text.substr(0, 200));
  for (const Ref& ref : f.page.refs) {
    if (ref.kind == RefKind::kLink && (host_is(ref.host, "t.me") || host_is(ref.host, "zone-h.org") ||
                                       host_is(ref.host, "zone-xsec.com") || host_is(ref.host, "haxor.id"))) {
      points.add("contact_handle", 2, ref.path, ref.url);
      break;
    }
  }
  int signs = 0;
  for (std::string_view sign :
       {"[+]", "[-]", "[!]", "./", "-=", "=-", "~!", "::.", "||", "<?php", "$ ", "xXx", "†", "☠", "卐", "★"})
    signs += holds(text, sign) || holds(f.page.title, sign) ? 1 : 0;
  if (signs >= 1) points.add("leet_signs", signs >= 2 ? 2 : 1, "text", text.substr(0, 200));
  const Folded folded = fold(f.page.title);
  if (folded.leet > 0) points.add("leet_title", 2, "title", f.page.title);
}

// Code from a paste, also where the injection was escaped or fell into an attribute: it was meant to run.
std::string_view pasted_source(const Page& page) {
  for (const Ref& ref : page.refs) {
    if (ref.kind == RefKind::kScript && !ref.own && is_paste_url(ref.host, ref.url)) return ref.url;
  }
  int looks = 0;
  for (std::size_t at = page.html.find("/raw/"); at != std::string_view::npos && looks < 64;
       at = page.html.find("/raw/", at + 5), ++looks) {
    const std::size_t from = at > 100 ? at - 100 : 0;
    const std::string_view lead = page.html.substr(from, at - from);
    const std::size_t src = lead.rfind("src=");
    if (src != std::string_view::npos && holds(lead.substr(src), "//") &&
        lead.find('>', src) == std::string_view::npos)
      return page.html.substr(from + src, 120);
  }
  return {};
}

void code(const Features& f, Points& points) {
  std::uint32_t traits = 0;
  std::size_t script_bytes = 0;
  for (const InlineScript& script : f.page.scripts) {
    const std::uint32_t found = script_traits(script.body.substr(0, 512u << 10));
    script_bytes += script.body.size();
    traits |= found;
    if (((found & kDecodes) != 0 && (found & (kWritesPage | kEvaluates)) != 0 &&
         (found & kLongLiteral) != 0 && f.page.text_bytes < 3'000) ||
        ((found & kWritesPage) != 0 && holds(script.body, "innerHTML=atob("))) {
      points.add("hidden_page", 4, script.path, script.body.substr(0, 200));
      break;
    }
  }
  for (const InlineHandler& handler : f.page.handlers) traits |= script_traits(handler.code);
  const bool small = f.page.text_bytes < 3'000;
  if (small && (traits & kAlerts) != 0) points.add("alert", 2, "script", "alert");
  if (small && (traits & kBlocksVisitor) != 0) points.add("blocked_clicks", 2, "script", "contextmenu");
  if (script_bytes > 2'000 && script_bytes * 10 > f.body_bytes * 9 && f.page.text_bytes < 50 &&
      f.page.title.empty())
    points.add("script_only", 3, "script", "script");
  if (const std::string_view pasted = pasted_source(f.page); !pasted.empty())
    points.add("pasted_code", 4, "script[src]", pasted);
}

void shape(const Features& f, Points& points) {
  const Page& page = f.page;
  const std::string_view head = page.html.substr(0, 64);
  if (head.starts_with("GIF8") || head.starts_with("Gif8") || holds(head, "JFIF") || holds(head, "PNG\r") ||
      holds(head, "Exif"))
    points.add("picture_as_page", 4, "html", head);
  for (const Ref& ref : page.refs) {
    if (ref.kind == RefKind::kFrame && !ref.own && page.text_bytes < 300) {
      points.add("foreign_frame_only", 4, ref.path, ref.url);
      break;
    }
  }
  if (page.text_bytes < 1'500 && page.forms > 0 &&
      (holds(page.html, "type=\"file\"") || holds(page.html, "type='file'") || holds(page.html, "type=file")))
    points.add("upload_shell", 4, "form", "input[type=file]");
  if (page.html.size() < 3'000 && page.images == 1 && page.text_bytes < 200)
    points.add("one_picture", 2, "img", "img");
  if (page.html.size() < 300 && page.title.empty() && page.text_bytes > 0 &&
      (holds(page.html, " by ") || holds(page.html, " By ") || holds(page.html, " BY ") ||
       holds(page.html, "@")))
    points.add("signature", 2, "html", page.html.substr(0, 200));
  if (page.html.size() < 300 && page.title.empty() && page.refs.empty() && page.text_bytes > 0)
    points.add("bare_text", 2, "html", page.html.substr(0, 200));
}

// In a long page a word may be anybody's; in a title, a line of its own or a page that says little else it is
// not.
void spoken(const Features& f, const HostileWords& words, Points& points) {
  const bool small = f.page.text_bytes < 3'000;
  int strong = 0, weak = 0;
  const WordHit *strong_hit = nullptr, *weak_hit = nullptr;
  for (const WordHit& hit : words.hits) {
    const bool prominent =
        hit.place == WordPlace::kTitle || (small && hit.text_bytes < 2'000) ||
        (hit.text_bytes < 160 && hit.place != WordPlace::kAttribute && hit.place != WordPlace::kUrl);
    const bool is_strong = hit.entry->strength == Strength::kStrong && hit.entry->category == "defacement";
    const int value = is_strong ? (prominent ? 4 : 1)
                                : (prominent && small               ? 2
                                   : hit.place == WordPlace::kTitle ? 2
                                                                    : 0);
    if (is_strong && value > strong) strong = value, strong_hit = &hit;
    if (!is_strong && value > weak) weak = value, weak_hit = &hit;
  }
  // A whole page may lie in srcdoc, in a comment or in a script: its signature is read where no visitor's
  // text is.
  if (strong < 3) {
    const std::string raw = fold_text(f.page.html.substr(0, kRawBytes));
    for (const LexiconHit& hit : site_lexicon().find(raw)) {
      if (hit.entry->category != "defacement" || hit.entry->strength != Strength::kStrong) continue;
      points.add("buried_words", small ? 4 : 2, "html", std::string_view(raw).substr(hit.offset, 80));
      break;
    }
  }
  if (strong_hit != nullptr) points.add("strong_words", strong, strong_hit->where, strong_hit->text);
  if (weak_hit != nullptr)
    points.add("weak_words", weak + (small && words.weak > 1 ? 1 : 0), weak_hit->where, weak_hit->text);
}

}  // namespace

bool is_paste_url(std::string_view host, std::string_view url) {
  if (std::any_of(kPasteHosts.begin(), kPasteHosts.end(),
                  [&](std::string_view name) { return host_is(host, name); }))
    return true;
  return holds(url, "/raw/") && !holds(url, ".js");
}

HostileTraits hostile_traits(const Features& f, const HostileWords& words) {
  Points points;
  spoken(f, words, points);
  media(f, points);
  pictures(f, points);
  looks(f, points);
  handles(f, points);
  code(f, points);
  shape(f, points);
  return std::move(points.out);
}

}  // namespace vedette::sites
