#include "sites/judge/hostile_traits.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text/fold.h"
#include "sites/judge/hostile_points.h"
#include "sites/judge/script_shape.h"
#include "sites/judge/staged_page.h"

namespace vedette::sites {
namespace {

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
                                    "raw.githack.com",
                                    "rawcdn.githack.com",
                                    "rawgit.com",
                                    "xss.report",
                                    "xss.ht",
                                    "xsshunter.com",
                                    "ezxss.com",
                                    "bxss.me",
                                    "xss.is",
                                    "js.rip",
                                    "webhook.site",
                                    "requestbin.com",
                                    "oast.pro",
                                    "oast.fun",
                                    "oast.me",
                                    "interact.sh",
                                    "oastify.com",
                                    "burpcollaborator.net",
                                    "paste.rs",
                                    "0x0.st",
                                    "transfer.sh",
                                    "bit.ly",
                                    "tinyurl.com",
                                    "ngrok.io",
                                    "ngrok-free.app",
                                    "trycloudflare.com"};

constexpr std::size_t kRawBytes = 512u << 10;

std::string all_styles(const Page& page) {
  std::string out;
  for (const StyleBlock& style : page.styles) {
    out += style.body.substr(0, 20'000);
    if (out.size() > 60'000) break;
  }
  return out;
}

void media(const Features& f, HostilePoints& points) {
  for (const Ref& ref : f.page.refs) {
    const bool sound =
        ref.kind == RefKind::kMedia ||
        ((ref.kind == RefKind::kFrame || ref.kind == RefKind::kObject) && holds(ref.url, "autoplay=1"));
    if (!sound) continue;
    points.add("autoplay_media", f.page.text_bytes < 4'000 ? 3 : 2, ref.path, ref.url);
    return;
  }
  const std::string_view html = f.page.html.substr(0, 200'000);
  if (holds(html, "<bgsound")) points.add("autoplay_media", 3, "bgsound", "bgsound");
  if (holds(html, "<marquee") || holds(html, "<MARQUEE")) points.add("marquee", 2, "marquee", "marquee");
}

void pictures(const Features& f, HostilePoints& points) {
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

// Code that fell into a place where text was meant: into a title, a link's address, a description. Pages that
// teach code show it in their text.
std::string_view fallen_code(const Page& page) {
  if (holds(page.title, "<script") && holds(page.title, "//")) return page.title;
  const std::string_view html = page.html.substr(0, kRawBytes);
  static constexpr std::array<std::string_view, 6> kPlaces = {
      "href=", "content=", "title=", "alt=", "value=", "placeholder="};
  for (std::string_view code : {std::string_view("<script"), std::string_view("&lt;script")}) {
    int looks = 0;
    for (std::size_t at = html.find(code); at != std::string_view::npos && looks < 500;
         at = html.find(code, at + code.size()), ++looks) {
      if (at < 14 || (html[at - 1] != '"' && html[at - 1] != '\'' && html[at - 1] != '>')) continue;
      const std::string_view lead = html.substr(at - 14, 13);
      if (std::any_of(kPlaces.begin(), kPlaces.end(), [&](auto place) { return lead.ends_with(place); }))
        return html.substr(at, 120);
    }
  }
  return {};
}

// Code shown as text where no code is taught: it was escaped on the way in.
const TextBlock* escaped_code(const Page& page) {
  static constexpr std::array<std::string_view, 6> kTaught = {"pre",      "code", "samp",
                                                              "textarea", "kbd",  "xmp"};
  for (const TextBlock& block : page.blocks) {
    const std::size_t at = block.text.find("<script");
    if (at == std::string_view::npos || holds_any(block.path, kTaught)) continue;
    const std::string_view code = block.text.substr(at, 300);
    if (holds(code, "src=") ? holds(code, "//") : holds(code, "alert(")) return &block;
  }
  return nullptr;
}

// A dialogue opened by an element that failed or came into sight, or by a script that does nothing else.
std::string_view probe(const Page& page) {
  const auto opens = [](std::string_view code) {
    const std::size_t at = code.find_first_not_of(" \t\r\n;");
    if (at == std::string_view::npos) return false;
    code.remove_prefix(at);
    return code.starts_with("alert(") || code.starts_with("prompt(") || code.starts_with("confirm(") ||
           code.starts_with("alert`");
  };
  static constexpr std::array<std::string_view, 6> kUnasked = {"onerror",      "onload",   "onmouseover",
                                                               "onmouseenter", "ontoggle", "onfocus"};
  for (const InlineHandler& handler : page.handlers) {
    if (std::find(kUnasked.begin(), kUnasked.end(), handler.name) != kUnasked.end() && opens(handler.code))
      return handler.code;
  }
  for (const InlineScript& script : page.scripts) {
    if (script.body.size() < 200 && opens(script.body)) return script.body;
  }
  return {};
}

// Another's frame that lies over the whole page.
const Ref* covering_frame(const Page& page) {
  for (const Ref& ref : page.refs) {
    if (ref.kind != RefKind::kFrame || ref.own || is_hidden(ref.hidden)) continue;
    const std::string_view tag = page.html.substr(std::min<std::size_t>(ref.offset, page.html.size()), 600);
    const std::string_view head = tag.substr(0, tag.find('>'));
    if (holds(head, "fixed") && (holds(head, "100%") || holds(head, "100v"))) return &ref;
  }
  return nullptr;
}

// A whole page that only its script can read.
bool writes_encoded_page(const HostileWords& words) {
  for (const auto& [code, reading] : words.readings) {
    if ((reading.traits & (kWritesPage | kEvaluates)) == 0) continue;
    for (const Decoded& decoded : reading.strings.decoded) {
      if (decoded.encoding == Encoding::kConcatenated || decoded.text.size() < 200) continue;
      const std::string folded = fold_text(std::string_view(decoded.text).substr(0, 4'000));
      if (holds(folded, "<html") || holds(folded, "<body") || holds(folded, "<title")) return true;
    }
  }
  return false;
}

void code(const Features& f, const HostileWords& words, HostilePoints& points) {
  if (const TextBlock* block = escaped_code(f.page); block != nullptr)
    points.add("escaped_code", 4, block->path, block->text);
  if (const std::string_view found = probe(f.page); !found.empty())
    points.add("script_probe", f.page.text_bytes < kSmallTextBytes ? 2 : 4, "script", found);
  if (const Ref* frame = covering_frame(f.page); frame != nullptr)
    points.add("covering_frame", 4, frame->path, frame->url);
  if (writes_encoded_page(words)) points.add("encoded_page", 4, "script", "document.write");
  std::size_t script_bytes = 0;
  for (const InlineScript& script : f.page.scripts) {
    const std::uint32_t found = script_traits(script.body.substr(0, 512u << 10));
    script_bytes += script.body.size();
    if (((found & kDecodes) != 0 && (found & (kWritesPage | kEvaluates)) != 0 &&
         (found & kLongLiteral) != 0 && f.page.text_bytes < kSmallTextBytes) ||
        ((found & kWritesPage) != 0 && holds(script.body, "innerHTML=atob("))) {
      points.add("hidden_page", 4, script.path, script.body.substr(0, 200));
      break;
    }
  }
  if (script_bytes > 2'000 && script_bytes * 10 > f.body_bytes * 9 && f.page.text_bytes < 50 &&
      f.page.title.empty())
    points.add("script_only", 3, "script", "script");
  if (const std::string_view pasted = pasted_source(f.page); !pasted.empty())
    points.add("pasted_code", 4, "script[src]", pasted);
  if (const std::string_view fallen = fallen_code(f.page); !fallen.empty())
    points.add("fallen_code", 4, "script", fallen);
}

void shape(const Features& f, HostilePoints& points) {
  const Page& page = f.page;
  const std::string_view head = page.html.substr(0, 64);
  static constexpr std::array<std::string_view, 9> kMediaHeads = {
      "JFIF", "PNG\r", "PNG\n", "Exif", "WEBP", "ftyp", "ID3", "Lavf", "ICC_PROFILE"};
  if (head.starts_with("GIF8") || head.starts_with("Gif8") || holds_any(head, kMediaHeads))
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
  if (page.html.size() < 3'000 && page.images == 1 && page.text_bytes < 200 && page.elements < 20)
    points.add_bare("one_picture", 2, "img", "img");
  static constexpr std::array<std::string_view, 8> kShellSigns = {
      "drwxr-xr-x", "disable_functions", "Disable Functions", "-rw-r--r--", "uname -a", "Uname:",
      "uid=33",     "safe_mode"};
  if (holds_any(page.html.substr(0, kRawBytes), kShellSigns) && page.forms > 0)
    points.add("web_shell", 4, "form", "form");
  if (page.html.size() < 1'500 && page.password_inputs == 1 && page.inputs <= 2 && page.title.empty() &&
      page.text_bytes < 40 && page.refs.size() <= 1)
    points.add("password_gate", 4, "form", "input[type=password]");
  if (page.html.size() < 300 && page.title.empty() && page.text_bytes > 0 &&
      (holds(page.html, " by ") || holds(page.html, " By ") || holds(page.html, " BY ") ||
       holds(page.html, "@")))
    points.add("signature", 2, "html", page.html.substr(0, 200));
  if (page.html.size() < 300 && page.title.empty() && page.refs.empty() && page.text_bytes > 0)
    points.add_bare("bare_text", 2, "html", page.html.substr(0, 200));
}

// In a long page a word may be anybody's; in a title, a line of its own or a page that says little else it is
// not.
void spoken(const Features& f, const HostileWords& words, HostilePoints& points) {
  const bool small = f.page.text_bytes < kSmallTextBytes;
  int strong = 0, weak = 0;
  const WordHit *strong_hit = nullptr, *weak_hit = nullptr;
  for (const WordHit& hit : words.hits) {
    const bool prominent =
        hit.place == WordPlace::kTitle || (small && hit.text_bytes < 2'000) ||
        (hit.text_bytes < 160 && hit.place != WordPlace::kAttribute && hit.place != WordPlace::kUrl);
    const bool is_strong = hit.entry->strength == Strength::kStrong && hit.entry->category == "defacement";
    const bool alone = hit.entry->category == "defacement" && hit.place == WordPlace::kBlock &&
                       hit.text_bytes < hit.entry->phrase.size() + 6;
    const bool label =
        hit.text_bytes < 160 && (hit.place == WordPlace::kAttribute || hit.place == WordPlace::kScript ||
                                 hit.place == WordPlace::kUrl);
    const int value = is_strong ? (prominent ? 4
                                   : label   ? 2
                                             : 1)
                                : (prominent && small               ? 2
                                   : hit.place == WordPlace::kTitle ? 2
                                   : alone                          ? 2
                                                                    : 0);
    if (is_strong && value > strong) strong = value, strong_hit = &hit;
    if (!is_strong && value > weak) weak = value, weak_hit = &hit;
  }
  // A whole page may lie in srcdoc, in a comment or in a script: its signature is read where no visitor's
  // text is.
  if (strong < 3) {
    const std::string raw = fold_text(f.page.html.substr(0, kRawBytes));
    for (const LexiconHit& hit : site_lexicon().find(raw)) {
      if (hit.entry->category != "defacement" || hit.entry->strength != Strength::kStrong ||
          spelt_only(*hit.entry))
        continue;
      points.add("buried_words", small ? 4 : 2, "html", std::string_view(raw).substr(hit.offset, 80));
      break;
    }
  }
  // Nobody but who reads the source sees a comment: owners do not sign so there.
  std::size_t budget = 64u << 10;
  for (const PageComment& comment : f.page.comments) {
    if (comment.text.size() > 400 || comment.text.size() > budget) continue;
    budget -= comment.text.size();
    const std::string folded = fold_text(comment.text);
    const auto hits = site_lexicon().find(folded);
    if (std::none_of(hits.begin(), hits.end(), [](const LexiconHit& hit) {
          return hit.entry->category == "defacement" && hit.entry->strength == Strength::kStrong &&
                 !spelt_only(*hit.entry);
        }))
      continue;
    points.add("comment_words", 4, "comment", comment.text);
    break;
  }
  // A page of somebody's trade in the place of the learnt one.
  std::set<std::string_view> trade;
  bool trade_title = false;
  for (const WordHit& hit : words.hits) {
    if (hit.entry->category == "defacement" || hit.entry->strength != Strength::kStrong) continue;
    trade.insert(hit.entry->phrase);
    trade_title = trade_title || hit.place == WordPlace::kTitle;
  }
  if (trade.size() >= 5 || (trade_title && trade.size() >= 2))
    points.add("spam_page", 4, "html", *trade.begin());
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
  HostilePoints points;
  spoken(f, words, points);
  media(f, points);
  pictures(f, points);
  staged_page(f, words, points);
  code(f, words, points);
  shape(f, points);
  return std::move(points.out);
}

}  // namespace vedette::sites
