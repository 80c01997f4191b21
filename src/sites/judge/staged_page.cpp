#include "sites/judge/staged_page.h"

#include <array>
#include <cstdlib>

#include "base/text/fold.h"
#include "base/text/utf8.h"
#include "sites/judge/script_shape.h"

namespace vedette::sites {
namespace {

constexpr std::size_t kReadBytes = 1u << 20;
constexpr std::size_t kTextBytes = 6'000;
constexpr std::size_t kLongTextBytes = 15'000;  // a manifesto, if it leads nowhere
constexpr std::size_t kShowBytes = 100'000;     // above it a small text is a program's page
constexpr std::size_t kLineBytes = 160;         // a heading, a signature, a line of its own

// What owners, hosts and servers put up when there is no site (folded).
constexpr std::array kNotices = {"coming soon",
                                 "launching soon",
                                 "opening soon",
                                 "under construction",
                                 "under development",
                                 "stay tuned",
                                 "work in progress",
                                 "for sale",
                                 "buy this domain",
                                 "domain is parked",
                                 "parked domain",
                                 "parked free",
                                 "domain name",
                                 "account suspended",
                                 "has been suspended",
                                 "has expired",
                                 "default page",
                                 "test page",
                                 "placeholder",
                                 "welcome to nginx",
                                 "it works",
                                 "index of /",
                                 "has moved",
                                 "moved to",
                                 "redirecting",
                                 "you are being redirected",
                                 "hello world",
                                 "not published",
                                 "nothing here",
                                 "thank you for your",
                                 "sap ra mat",
                                 "dang xay dung",
                                 "dang cap nhat",
                                 "dang phat trien",
                                 "segera hadir",
                                 "dalam perbaikan",
                                 "em breve",
                                 "em construcao",
                                 "proximamente",
                                 "en construccion",
                                 "en construction",
                                 "bientot",
                                 "demnachst",
                                 "im aufbau",
                                 "in costruzione",
                                 "yakinda",
                                 "yapim asamasinda",
                                 "скоро",
                                 "в разработке",
                                 "即将",
                                 "建设中",
                                 "準備中",
                                 "قريبا"};

struct View {
  const Features& f;
  std::string compact;  // of the markup: lower case, without white space and quotes
  std::string text;     // visible, a line a block
  std::string folded;   // title and text
  bool small = false;
};

View view_of(const Features& f) {
  View v{.f = f, .compact = {}, .text = {}, .folded = {}, .small = f.page.text_bytes < kSmallTextBytes};
  const std::string_view html = f.page.html.substr(0, kReadBytes);
  v.compact.reserve(html.size());
  constexpr std::string_view kData = "base64,";
  for (std::size_t at = 0; at < html.size(); ++at) {
    const char c = html[at];
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'') continue;
    v.compact += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    // A picture in the markup says nothing about the page's size.
    if (c == ',' && at + 1 >= kData.size() && html.substr(at + 1 - kData.size(), kData.size()) == kData) {
      const std::size_t end = html.find_first_of("\"')> \n", at);
      at = end == std::string_view::npos ? html.size() : end - 1;
    }
  }
  for (const TextBlock& block : f.page.blocks) {
    v.text += block.text.substr(0, 600);
    v.text += '\n';
    if (v.text.size() > kTextBytes) break;
  }
  v.folded = fold_text(std::string(f.page.title) + "\n" + v.text);
  return v;
}

// Links of its own that lead to another page of the site; "#" and the page itself lead nowhere.
std::size_t ways_on(const Page& page) {
  std::size_t ways = 0;
  for (const Ref& ref : page.refs) {
    if (ref.kind != RefKind::kLink || !ref.own || ref.url.size() < 2 || ref.url.front() == '#') continue;
    ways += ref.origin == "javascript:" ? 0u : 1u;
  }
  return ways;
}

bool dark_hex(std::string_view digits) {
  std::size_t size = 0;
  unsigned brightest = 0;
  while (size < digits.size() && size < 6) {
    const char c = digits[size];
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (value < 0) break;
    ++size;
    if (size % 2 == 1 || size <= 3) brightest = std::max(brightest, static_cast<unsigned>(value));
  }
  if (size == 3 || size == 4) return brightest <= 1;
  // Of six digits only the high ones tell.
  unsigned high = 0;
  for (std::size_t i = 0; i < 6 && size == 6; i += 2) {
    const char c = digits[i];
    high = std::max(high, static_cast<unsigned>(c >= 'a' ? c - 'a' + 10 : c - '0'));
  }
  return size == 6 && high <= 1;
}

bool is_dark(std::string_view compact) {
  static constexpr std::array<std::string_view, 3> kNames = {"background:", "background-color:", "bgcolor="};
  for (std::string_view name : kNames) {
    int looks = 0;
    for (std::size_t at = compact.find(name); at != std::string_view::npos && looks < 200;
         at = compact.find(name, at + name.size()), ++looks) {
      const std::string_view value = compact.substr(at + name.size(), 16);
      if (value.starts_with("black") || value.starts_with("rgb(0,0,0)")) return true;
      if (value.starts_with("#") && dark_hex(value.substr(1))) return true;
    }
  }
  return false;
}

constexpr std::array kNeon = {
    "color:lime",  "color:red",     "color:#0f0", "color:#00ff",     "color:#f00",         "color:#ff0000",
    "color:cyan",  "color:aqua",    "color:#0ff", "color=red",       "color=lime",         "color=#ff0000",
    "color=#f00",  "color=#00ff0",  "color=cyan", "color:rgb(0,255", "color:rgb(255,0,0)", "color=green",
    "color:green", "color:#39ff14", "color:#0f3", "color:darkred",   "color:crimson"};
constexpr std::array kStageFonts = {
    "orbitron",   "iceland",     "sharetech",    "pressstart",   "press+start",  "vt323",
    "newrocker",  "new+rocker",  "nosifer",      "creepster",    "metalmania",   "metal+mania",
    "unifraktur", "audiowide",   "blackops",     "black+ops",    "specialelite", "special+elite",
    "eater",      "butcherman",  "wallpoet",     "aldrich",      "quantico",     "fredericka",
    "monoton",    "rubikglitch", "rubik+glitch", "text-shadow:", "glitch",       "blink",
    "couriernew", "monospace",   "ubuntumono",   "ubuntu+mono",  "sharetechmono"};
constexpr std::array kShows = {"matrix",
                               "snow",
                               "typewriter",
                               "typed.js",
                               "typed(",
                               "typingspeed",
                               "scanline",
                               "filltext(",
                               "particle",
                               "fireworks",
                               "setinterval(blink",
                               "document.title=",
                               "requestfullscreen",
                               "vibrate(",
                               "speechsynthesis",
                               "@keyframestyping",
                               "charat(",
                               "rainbow",
                               "thunder",
                               "skull"};

// The more of the show, the more it says; no single effect says much.
void looks(const View& v, HostilePoints& points) {
  const std::string_view html = v.compact;
  const bool dark = is_dark(html);
  const bool neon = dark && holds_any(html, kNeon);
  const bool fonts = holds_any(html, kStageFonts);
  const bool show = holds_any(html, kShows);
  const bool centred =
      holds(html, "<center") || holds(html, "align=center") || holds(html, "text-align:center");
  if (dark) points.add_bare("black_page", 1, "style", "background");
  if (neon) points.add_bare("neon", 1, "style", "color");
  if (fonts) points.add_bare("staged_text", 1, "style", "font");
  if (show && (dark || fonts)) points.add_bare("show", 1, "script", "animation");
  if (centred && !dark) points.add_bare("centred", 1, "center", "center");
  if (holds(html, "cursor:url(")) points.add("cursor", 2, "style", "cursor");
  if (holds(html, "<blink") || holds(html, "<fontcolor") || holds(html, "<fontface") ||
      holds(html, "<fontsize"))
    points.add_bare("old_markup", 1, "font", "font");
  if (holds(html, ".mp3") || holds(html, "soundcloud.com")) points.add("music", 2, "html", ".mp3");
}

// Box drawings, blocks and Braille dots, or lines of signs: a picture of letters.
void letter_picture(const View& v, HostilePoints& points) {
  std::size_t drawn = 0, signs = 0, letters = 0;
  for (std::size_t at = 0; at < v.text.size();) {
    const std::uint32_t c = next_utf8(v.text, at);
    drawn += (c >= 0x2500 && c <= 0x25FF) || (c >= 0x2800 && c <= 0x28FF) ? 1u : 0u;
    if (c < 0x80 && c > ' ') {
      const bool alphanumeric = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
      ++(alphanumeric ? letters : signs);
    } else if (c >= 0x80) {
      ++letters;
    }
  }
  if (drawn >= 60 || (signs >= 150 && signs > letters))
    points.add("letter_picture", 2, "text", std::string_view(v.text).substr(0, 200));
}

bool one_of(std::string_view word, const auto& list) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

// What is honestly done by somebody; whatever else was done "by" somebody, in a page that says nothing else,
// is a claim.
constexpr std::array<std::string_view, 62> kHonestDeeds = {
    "powered",   "designed",  "developed", "created",    "hosted",    "published",   "posted",
    "made",      "built",     "provided",  "protected",  "secured",   "sponsored",   "generated",
    "written",   "produced",  "managed",   "operated",   "supported", "parked",      "licensed",
    "presented", "organized", "organised", "maintained", "required",  "loved",       "trusted",
    "approved",  "certified", "run",       "registered", "theme",     "template",    "website",
    "site",      "photo",     "photos",    "image",      "images",    "illustrated", "translated",
    "edited",    "directed",  "founded",   "funded",     "led",       "owned",       "prepared",
    "delivered", "verified",  "reviewed",  "inspired",   "copyright", "used",        "caused",
    "blocked",   "followed",  "replaced",  "submitted",  "sorted",    "updated"};

bool is_deed(std::string_view word) {
  return word.size() >= 4 && (word.ends_with("ed") || word.ends_with("d") || word.ends_with("z")) &&
         !one_of(word, kHonestDeeds);
}

// "Stamped by …", "touched by …".
bool claims(std::string_view line) {
  static constexpr std::array<std::string_view, 8> kBy = {"by",  "bye", "oleh", "tarafindan",
                                                          "por", "boi", "door", "przez"};
  const std::string folded = fold_text(line.substr(0, kLineBytes));
  std::string_view before;
  for (std::size_t at = 0; at < folded.size();) {
    const std::size_t end = std::min(folded.find_first_of(" :[](){}<>|-_~.,", at), folded.size());
    const std::string_view word = std::string_view(folded).substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    if (one_of(word, kBy) && is_deed(before) && end < folded.size()) return true;
    before = word;
  }
  return false;
}

// In the title or a line of its own.
void claim(const Page& page, bool small, HostilePoints& points) {
  if (claims(page.title)) return points.add("claim", 3, "title", page.title);
  if (!small) return;
  for (const TextBlock& block : page.blocks) {
    if (block.text.size() > kLineBytes || !claims(block.text)) continue;
    return points.add("claim", 2, block.path, block.text);
  }
}

// Names of the scene are made of the same pieces: SkyzzXploit, Mr.Sh4dow, GhostSec, ./root.
void names(const View& v, HostilePoints& points) {
  static constexpr std::array kPieces = {"xploit",  "sploit",   "haxor",     "hax0r",  "heker",
                                         "hecker",  "deface",   "blackhat",  "lulz",   "cyber",
                                         "pwn",     "anonym",   "hacker",    "r00t",   "intruder",
                                         "stealer", "darkside", "exploiter", "hacktiv"};
  const std::string title = fold_text(v.f.page.title);
  if (holds_any(title, kPieces) || title.starts_with("mr.") || title.starts_with("mr "))
    points.add("scene_name", 2, "title", v.f.page.title);
  else if (holds_any(v.folded, kPieces) || holds(v.folded, " mr.") || holds(v.folded, "\nmr."))
    points.add("scene_name", 1, "text", std::string_view(v.folded).substr(0, 200));
}

constexpr std::array kMirrors = {"zone-h.org",  "zone-xsec.com", "haxor.id",    "mirror-h.org",
                                 "defacer.id",  "defacer.net",   "hack-cn.com", "hack-db.org",
                                 "ownzyou.com", "zone-hc.com",   "hax.or.id",   "hack-mirror.com",
                                 "xatrix.org",  "dark-h.net"};

// How to reach whoever did it: a private address, a messenger, the archive that will keep the picture.
void contacts(const View& v, HostilePoints& points) {
  static constexpr std::array kMessengers = {"t.me/", "telegram",   "discord.gg", "icq",      "jabber",
                                             "wickr", "session id", "signal:",    "onionmail"};
  static constexpr std::array kPrivateMail = {"@gmail.",   "@proton",  "[at]",      "@yandex",
                                              "@tutanota", "@mail.ru", "@hotmail.", "@outlook.",
                                              "@riseup",   "@yahoo.",  "discord",   "@pm.me"};
  static constexpr std::array kSocial = {"instagram.com", "facebook.com", "tiktok.com", "twitter.com",
                                         "x.com",         "youtube.com",  "github.com", "wa.me",
                                         "discord.gg",    "t.me",         "linktr.ee"};
  const std::string folded = v.folded;
  if (holds_any(folded, kMessengers))
    points.add("contact_handle", 2, "text", std::string_view(v.text).substr(0, 200));
  std::size_t social = 0, foreign = 0;
  bool messenger = false, mirror = false;
  for (const Ref& ref : v.f.page.refs) {
    if (ref.kind != RefKind::kLink || ref.own || ref.host.empty()) continue;
    ++foreign;
    social += std::any_of(kSocial.begin(), kSocial.end(), [&](auto name) { return host_is(ref.host, name); });
    const auto is = [&](auto name) { return host_is(ref.host, name); };
    if (!messenger && is("t.me")) points.add("contact_link", 2, ref.path, ref.url), messenger = true;
    if (!mirror && std::any_of(kMirrors.begin(), kMirrors.end(), is))
      points.add("mirror_archive", 4, ref.path, ref.url), mirror = true;
  }
  if (!messenger && social > 0 && social == foreign && ways_on(v.f.page) == 0)
    points.add_bare("social_only", 1, "a", "a");
  if (holds_any(v.compact, kPrivateMail)) points.add("private_mail", 1, "html", "@");
  // A wallet to be paid to, in a page that speaks of decryption or payment.
  static constexpr std::array kPay = {"bitcoin", "btc", "monero", "xmr", "usdt", "ethereum"};
  static constexpr std::array kRansom = {"decrypt",    "encrypted", "ransom",
                                         "your files", "your data", "giai ma"};
  if (holds_any(folded, kPay) && holds_any(folded, kRansom)) points.add("ransom", 4, "text", "bitcoin");
}

void signs(const View& v, HostilePoints& points) {
  const std::string_view title = v.f.page.title;
  int count = 0;
  for (std::string_view sign :
       {"[+]",  "[-]", "[!]", "[x]", "./", "-=", "=-", "~!",  "::.", ".::", "||", "<?php",
        "$ ",   "xXx", "†",   "☠",   "卐", "★",  "💀", "👑",  "🔥",  "😈",  "👿", "🏴",
        "☢",    "⚡",  "☣",   "🩸",  "亗", "꧁",  "꧂",  "『",  "』",  "⛧",   "♛",  "root@",
        "¯\\_", "#op", "༒",   "░",   "▓",  "><", ">_", ":~#", "404"})
    count += holds(v.text, sign) || holds(title, sign) ? 1 : 0;
  if (count >= 1)
    points.add("leet_signs", count >= 2 ? 2 : 1, "text", std::string_view(v.text).substr(0, 200));
  const Folded in_title = fold(title);
  if (in_title.leet + in_title.homoglyphs + in_title.spaced > 0) points.add("leet_title", 2, "title", title);
  // Version numbers and product names are spelt so too: only where many words are.
  const Folded in_text = fold(v.text);
  const auto spelt = in_text.leet + in_text.homoglyphs + in_text.spaced;
  const auto spaces = static_cast<std::size_t>(std::count(in_text.text.begin(), in_text.text.end(), ' '));
  if (spelt > 1 && spelt * 8 > spaces)
    points.add("leet_text", 1, "text", std::string_view(v.text).substr(0, 200));
}

void blocked(const View& v, HostilePoints& points) {
  std::uint32_t traits = 0;
  for (const InlineScript& script : v.f.page.scripts)
    traits |= script_traits(script.body.substr(0, 512u << 10));
  for (const InlineHandler& handler : v.f.page.handlers) {
    traits |= script_traits(handler.code);
    // The name says what is refused: oncontextmenu="return false".
    static constexpr std::array<std::string_view, 5> kRefused = {"oncontextmenu", "onselectstart",
                                                                 "ondragstart", "onkeydown", "oncopy"};
    if (one_of(handler.name, kRefused) && holds(handler.code, "false")) traits |= kBlocksVisitor;
  }
  if ((traits & kAlerts) != 0) points.add("alert", 2, "script", "alert");
  if ((traits & kBlocksVisitor) != 0) points.add("blocked_clicks", 2, "script", "contextmenu");
}

// Nothing but a way to somebody else.
void sent_away(const View& v, HostilePoints& points) {
  for (const Ref& ref : v.f.page.refs) {
    if (ref.kind == RefKind::kRefresh && !ref.own && v.f.page.text_bytes < 300)
      return points.add_bare("sent_away", 1, ref.path, ref.url);
  }
}

// What programs and servers say in a line, and what a person types to see whether it works (folded).
constexpr std::array kMachineLines = {
    "error",   "warning", "fatal",    "exception",  "denied",  "not found", "no input",
    "welcome", "loading", "wait",     "javascript", "hello",   "test",      "php",
    "timeout", "server",  "invalid",  "missing",    "failed",  "expired",   "redirect",
    "login",   "version", "database", "unknown",    "success", "update",    "maintenance",
    "closed",  "offline", "site",     "website",    "page",    "domain",    "http"};

// The whole page is one line, or one picture, and no server or program said it.
void single(const View& v, HostilePoints& points) {
  const Page& page = v.f.page;
  if (page.forms > 0 || page.inputs > 0 || v.compact.size() > 3'000 || page.frameset > 0) return;
  const bool quiet = std::all_of(page.refs.begin(), page.refs.end(), [](const Ref& ref) {
    return ref.kind != RefKind::kScript && ref.kind != RefKind::kLink && ref.kind != RefKind::kFrame &&
           ref.kind != RefKind::kObject && ref.kind != RefKind::kRefresh;
  });
  if (!quiet || !page.scripts.empty()) return;
  const std::string_view line = v.folded;
  const std::size_t letters = static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
  }));
  const std::string_view head = page.html.substr(0, 64);
  const bool data =
      head.starts_with("{") || head.starts_with("[") || head.starts_with("<?xml") || head.starts_with("%PDF");
  if (page.text_bytes > 0 && page.text_bytes <= 120 && v.f.page.blocks.size() <= 3 && letters >= 3 && !data &&
      !holds_any(line, kMachineLines))
    points.add("one_line", letters >= 6 || page.images > 0 ? 4 : 3, "html", v.text);
  else if (page.images >= 1 && page.images <= 3 && page.text_bytes < 20)
    points.add("only_picture", 4, "img", "img");
}

bool leads_nowhere(const Page& page) {
  return page.password_inputs == 0 && page.forms <= 1 && page.inputs <= 2 && page.elements < 400 &&
         (page.html.size() >= 300 || !page.title.empty() || !page.refs.empty()) && ways_on(page) <= 1;
}

}  // namespace

void staged_page(const Features& f, const HostileWords& words, HostilePoints& points) {
  const std::string_view html = f.page.html.substr(0, kReadBytes);
  static constexpr std::array kHostNames = {"//hacked", "\\/hacked",    "//defac",  "//pwned", "//haxor",
                                            "//h4ck",   "//www.hacked", "\\/defac", "\\/haxor"};
  if (holds_any(html, kHostNames)) points.add("host_name", 4, "url", "hacked");
  const bool nowhere = leads_nowhere(f.page);
  const bool small = f.page.text_bytes < kSmallTextBytes;
  claim(f.page, small || nowhere, points);
  if (!small && (!nowhere || f.page.text_bytes > kLongTextBytes)) return;
  const View v = view_of(f);
  blocked(v, points);
  if (small) contacts(v, points);
  if (words.strong == 0 && holds_any(v.folded, kNotices)) return;
  if (v.compact.size() < kShowBytes) looks(v, points);
  letter_picture(v, points);
  names(v, points);
  if (small) signs(v, points);
  sent_away(v, points);
  single(v, points);
  if (nowhere && small) points.add_bare("leads_nowhere", 2, "html", html.substr(0, 200));
}

}  // namespace vedette::sites
