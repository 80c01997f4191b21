#include "sites/judge/availability.h"

#include <algorithm>
#include <array>

#include "base/text/fold.h"

namespace vedette::sites {
namespace {

constexpr std::size_t kShortTextBytes = 2'500;  // such pages say little else
constexpr std::size_t kReadBytes = 6'000;

struct Phrase {
  Outage outage;
  std::string_view text;  // folded: lower case, no diacritics
};

// Titles and sentences of servers, proxies and services (nginx, Apache, IIS, Cloudflare, Akamai, Imperva,
// DataDome, AWS WAF, Varnish) and of the languages that Vedette's users meet.
constexpr std::array kPhrases = {
    Phrase{Outage::kChallenge, "just a moment"},
    Phrase{Outage::kChallenge, "attention required"},
    Phrase{Outage::kChallenge, "checking your browser"},
    Phrase{Outage::kChallenge, "checking if the site connection is secure"},
    Phrase{Outage::kChallenge, "verify you are human"},
    Phrase{Outage::kChallenge, "verifying you are human"},
    Phrase{Outage::kChallenge, "you are human"},
    Phrase{Outage::kChallenge, "are you a robot"},
    Phrase{Outage::kChallenge, "not a robot"},
    Phrase{Outage::kChallenge, "unusual traffic"},
    Phrase{Outage::kChallenge, "security check"},
    Phrase{Outage::kChallenge, "security verification"},
    Phrase{Outage::kChallenge, "performance & security by cloudflare"},
    Phrase{Outage::kChallenge, "ddos protection by"},
    Phrase{Outage::kChallenge, "captcha"},
    Phrase{Outage::kChallenge, "incapsula incident"},
    Phrase{Outage::kChallenge, "request unsuccessful"},
    Phrase{Outage::kChallenge, "pardon our interruption"},
    Phrase{Outage::kChallenge, "xac minh ban la nguoi"},
    Phrase{Outage::kChallenge, "khong phai la robot"},
    Phrase{Outage::kChallenge, "verification de securite"},
    Phrase{Outage::kBlocked, "access denied"},
    Phrase{Outage::kBlocked, "access to this page has been denied"},
    Phrase{Outage::kBlocked, "you have been blocked"},
    Phrase{Outage::kBlocked, "request blocked"},
    Phrase{Outage::kBlocked, "403 forbidden"},
    Phrase{Outage::kBlocked, "error 403"},
    Phrase{Outage::kBlocked, "the request could not be satisfied"},
    Phrase{Outage::kBlocked, "not available in your country"},
    Phrase{Outage::kBlocked, "not available in your region"},
    Phrase{Outage::kBlocked, "unavailable in your"},
    Phrase{Outage::kBlocked, "unavailable for legal reasons"},
    Phrase{Outage::kBlocked, "too many requests"},
    Phrase{Outage::kBlocked, "rate limit"},
    Phrase{Outage::kBlocked, "acces refuse"},
    Phrase{Outage::kBlocked, "tu choi truy cap"},
    Phrase{Outage::kBlocked, "khong co quyen truy cap"},
    Phrase{Outage::kErrorPage, "404 not found"},
    Phrase{Outage::kErrorPage, "page not found"},
    Phrase{Outage::kErrorPage, "page can't be found"},
    Phrase{Outage::kErrorPage, "page cannot be found"},
    Phrase{Outage::kErrorPage, "page isn't available"},
    Phrase{Outage::kErrorPage, "error 404"},
    Phrase{Outage::kErrorPage, "the page you are looking for"},
    Phrase{Outage::kErrorPage, "the page you requested"},
    Phrase{Outage::kErrorPage, "the requested url was not found"},
    Phrase{Outage::kErrorPage, "internal server error"},
    Phrase{Outage::kErrorPage, "bad gateway"},
    Phrase{Outage::kErrorPage, "gateway timeout"},
    Phrase{Outage::kErrorPage, "gateway time-out"},
    Phrase{Outage::kErrorPage, "service unavailable"},
    Phrase{Outage::kErrorPage, "service temporarily unavailable"},
    Phrase{Outage::kErrorPage, "temporarily unavailable"},
    Phrase{Outage::kErrorPage, "something went wrong"},
    Phrase{Outage::kErrorPage, "an error occurred"},
    Phrase{Outage::kErrorPage, "application error"},
    Phrase{Outage::kErrorPage, "web server is down"},
    Phrase{Outage::kErrorPage, "connection timed out"},
    Phrase{Outage::kErrorPage, "error establishing a database connection"},
    Phrase{Outage::kErrorPage, "database error"},
    Phrase{Outage::kErrorPage, "bad request"},
    Phrase{Outage::kErrorPage, "guru meditation"},
    Phrase{Outage::kErrorPage, "this site can't be reached"},
    Phrase{Outage::kErrorPage, "bandwidth limit exceeded"},
    Phrase{Outage::kErrorPage, "account has been suspended"},
    Phrase{Outage::kErrorPage, "default web page"},
    Phrase{Outage::kErrorPage, "welcome to nginx"},
    Phrase{Outage::kErrorPage, "page introuvable"},
    Phrase{Outage::kErrorPage, "une erreur est survenue"},
    Phrase{Outage::kErrorPage, "seite nicht gefunden"},
    Phrase{Outage::kErrorPage, "pagina no encontrada"},
    Phrase{Outage::kErrorPage, "khong tim thay trang"},
    Phrase{Outage::kErrorPage, "trang khong ton tai"},
    Phrase{Outage::kErrorPage, "da xay ra loi"},
    Phrase{Outage::kErrorPage, "loi he thong"},
    Phrase{Outage::kErrorPage, "loi may chu"},
    Phrase{Outage::kErrorPage, "qua tai"},
    Phrase{Outage::kMaintenance, "maintenance"},
    Phrase{Outage::kMaintenance, "we'll be back"},
    Phrase{Outage::kMaintenance, "we will be back"},
    Phrase{Outage::kMaintenance, "be back soon"},
    Phrase{Outage::kMaintenance, "scheduled downtime"},
    Phrase{Outage::kMaintenance, "wartungsarbeiten"},
    Phrase{Outage::kMaintenance, "bao tri"},
    Phrase{Outage::kMaintenance, "nang cap he thong"},
    Phrase{Outage::kMaintenance, "tam ngung phuc vu"},
    Phrase{Outage::kMaintenance, "tam dung phuc vu"},
    Phrase{Outage::kNeedsScript, "enable javascript"},
    Phrase{Outage::kNeedsScript, "javascript is disabled"},
    Phrase{Outage::kNeedsScript, "javascript is required"},
    Phrase{Outage::kNeedsScript, "requires javascript"},
    Phrase{Outage::kNeedsScript, "turn on javascript"},
    Phrase{Outage::kNeedsScript, "browser is not supported"},
    Phrase{Outage::kNeedsScript, "activer javascript"},
    Phrase{Outage::kNeedsScript, "bat javascript"},
    Phrase{Outage::kConsent, "before you continue"},
    Phrase{Outage::kConsent, "accept all cookies"},
    Phrase{Outage::kConsent, "we value your privacy"},
    Phrase{Outage::kConsent, "tout accepter"},
    Phrase{Outage::kConsent, "alle akzeptieren"},
    Phrase{Outage::kLogin, "log in"},
    Phrase{Outage::kLogin, "sign in"},
    Phrase{Outage::kLogin, "se connecter"},
    Phrase{Outage::kLogin, "connexion"},
    Phrase{Outage::kLogin, "anmelden"},
    Phrase{Outage::kLogin, "iniciar sesion"},
    Phrase{Outage::kLogin, "dang nhap"},
};

std::string visible_text(const Page& page) {
  std::string out;
  for (const TextBlock& block : page.blocks) {
    // A notice for browsers without script is shown to no one else, but it tells what the page is.
    out += block.text.substr(0, 1000);
    out += '\n';
    if (out.size() > kReadBytes) break;
  }
  return out;
}

// Whether whole words of the text are the phrase.
bool says(std::string_view text, std::string_view phrase) {
  auto letter = [&](std::size_t i) {
    return i < text.size() && ((text[i] >= 'a' && text[i] <= 'z') || (text[i] & 0x80) != 0);
  };
  for (std::size_t at = text.find(phrase); at != std::string_view::npos; at = text.find(phrase, at + 1)) {
    if ((at == 0 || !letter(at - 1)) && !letter(at + phrase.size())) return true;
  }
  return false;
}

// No origin, handler or script that was not learnt. A script that the end of the page cuts off never runs.
bool nothing_new_runs(const Features& f, const Profile::Impl& profile) {
  if (!std::all_of(f.hosts.begin(), f.hosts.end(),
                   [&](const HostUse& use) { return profile.host(use.host) != nullptr; }))
    return false;
  if (!std::all_of(f.handlers.begin(), f.handlers.end(),
                   [&](std::uint32_t h) { return profile.handlers.seen(h) > 0; }))
    return false;
  for (std::size_t i = 0; i < f.script_hash.size(); ++i) {
    const std::string_view body = f.page.scripts[i].body;
    const bool cut_off = f.page.scripts[i].offset + body.size() >= f.page.html.size();
    if (f.script_hash[i] != 0 && !cut_off && profile.scripts.seen(f.script_hash[i]) == 0) return false;
  }
  return true;
}

Outage by_status(int status) {
  if (status == 401 || status == 407) return Outage::kLogin;
  if (status == 403 || status == 429 || status == 451) return Outage::kBlocked;
  return status >= 400 ? Outage::kHttpError : Outage::kNone;
}

bool binary(std::string_view html) {
  std::size_t odd = 0;
  const std::string_view head = html.substr(0, 512);
  for (char c : head) odd += static_cast<unsigned char>(c) < 9 ? 1u : 0u;
  return head.size() >= 16 && odd * 20 > head.size();
}

}  // namespace

std::string_view to_string(Outage outage) {
  switch (outage) {
    case Outage::kNone:
      return "none";
    case Outage::kHttpError:
      return "http_error";
    case Outage::kEmpty:
      return "empty";
    case Outage::kTruncated:
      return "truncated";
    case Outage::kChallenge:
      return "challenge";
    case Outage::kErrorPage:
      return "error_page";
    case Outage::kMaintenance:
      return "maintenance";
    case Outage::kLogin:
      return "login";
    case Outage::kConsent:
      return "consent";
    case Outage::kBlocked:
      return "blocked";
    case Outage::kNeedsScript:
      return "needs_script";
  }
  return "none";
}

Outage outage_of(const Features& f, const PageInput& input, const Continuity& c,
                 const Profile::Impl& profile) {
  if (const Outage status = by_status(input.http_status); status != Outage::kNone) return status;
  const Page& page = f.page;
  const bool nothing_shown = f.blocks.empty() && page.images == 0 && page.title.empty();
  if (nothing_shown && page.refs.empty() && page.scripts.empty() && !binary(page.html)) return Outage::kEmpty;

  const bool was_closed = profile.names.seen(name_key("closed", "yes")) >= 0.9 * profile.weight;
  // The cut may go through one block.
  const bool whole_or_last_cut =
      c.blocks.precision() > 0.85 || (c.blocks.known >= 2 && c.blocks.current - c.blocks.known <= 1);
  const bool prefix =
      c.blocks.current == 0 ? c.paths.precision() > 0.8 && c.paths.known > 0 : whole_or_last_cut;
  if (was_closed && !f.closed && prefix && c.blocks.recall() < 0.95 && f.body_bytes < profile.body_bytes)
    return Outage::kTruncated;
  // Cut before anything could be shown: it begins as the page always did and says nothing else.
  const bool begins =
      profile.names.seen(name_key("begin", page.html.substr(0, kBeginBytes))) >= 0.5 * profile.weight;
  if (!f.closed && nothing_shown && begins && f.body_bytes < profile.body_bytes / 2)
    return Outage::kTruncated;

  // The same with the page's own title, whole or cut: nothing else was sent yet, and nothing new runs.
  const bool titled = !page.title.empty() && (profile.titles.seen(f.title_hash) >= 0.5 * profile.weight ||
                                              (begins && profile.title.starts_with(page.title)));
  if (!f.closed && titled && f.blocks.empty() && page.images == 0 && f.body_bytes < profile.body_bytes / 2 &&
      nothing_new_runs(f, profile))
    return Outage::kTruncated;

  // A page that is still itself is not an outage, whatever its footer says; and a long one is no notice.
  if (c.judgeable && c.total > 0.6) return Outage::kNone;
  const std::string title = fold_text(page.title);
  const bool says_little = page.text_bytes <= kShortTextBytes;
  const std::string text = says_little ? fold_text(visible_text(page)) : std::string();
  // A page that shows pictures and leads to many places is more than a notice.
  const bool bare = page.images < 8 && page.refs.size() < 80;
  for (const Phrase& phrase : kPhrases) {
    const bool in_title = says(title, phrase.text);
    const bool in_text = bare && says(text, phrase.text);
    if (!in_title && !in_text) continue;
    const bool notice = phrase.outage != Outage::kLogin && phrase.outage != Outage::kConsent;
    if (notice && (in_title || page.text_bytes < 1'500)) return phrase.outage;
    if (phrase.outage == Outage::kLogin && page.password_inputs > 0 && page.text_bytes < 1'500)
      return phrase.outage;
    if (phrase.outage == Outage::kLogin && in_title && says_little) return phrase.outage;
    if (phrase.outage == Outage::kConsent && c.brand) return phrase.outage;
  }
  return Outage::kNone;
}

}  // namespace vedette::sites
