#include "sites/html/page.h"

#include <algorithm>

#include "base/text/encoding.h"
#include "net/url.h"
#include "sites/html/page_builder.h"

namespace vedette::sites {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

using ByteSet = std::array<bool, 256>;
constexpr ByteSet set_of(std::string_view bytes) {
  ByteSet set{};
  for (const char c : bytes) set[static_cast<unsigned char>(c)] = true;
  return set;
}
constexpr ByteSet kEndsScheme = set_of(":/?#\\\t\r\n"), kEndsHost = set_of("/?#:@\\\t\r\n"),
                  kDropped = set_of("\t\r\n");

std::size_t find_in(const ByteSet& set, std::string_view text, std::size_t at) {
  for (; at < text.size(); ++at) {
    if (set[static_cast<unsigned char>(text[at])]) return at;
  }
  return std::string_view::npos;
}

// A host that needs no mapping: its bytes are its normal form.
bool plain_host(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  bool letter = false;  // without one it may be an address in some notation
  for (const char c : host) {
    if (c >= 'a' && c <= 'z') {
      letter = true;
    } else if (!((c >= '0' && c <= '9') || c == '-' || c == '.')) {
      return false;
    }
  }
  // A last label that a browser would read as a number, or an encoded name: the slow way decides.
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return letter && !last.empty() && last[0] >= 'a' && host.find("xn--") == std::string_view::npos;
}

struct Origins {
  Page& page;
  std::string base;  // URL that relative references resolve against
  std::string base_origin, base_host;
  std::string_view kept_origin, kept_host;

  explicit Origins(Page& of) : page(of) {
    base = page.base_url.empty() ? page.url : net::resolve_url(page.url, page.base_url);
    if (base.empty()) base = page.url;
    base_origin = net::origin_of(std::string_view(base));
    kept_origin = page.storage->keep(base_origin);
    kept_host = host_of(kept_origin);
  }

  static std::string_view host_of(std::string_view origin) {
    const std::size_t at = origin.find("://");
    if (at == std::string_view::npos) return {};
    std::string_view host = origin.substr(at + 3);
    if (const std::size_t colon = host.rfind(':'); colon != std::string_view::npos && !host.ends_with(']')) {
      host = host.substr(0, colon);
    }
    return host;
  }

  // Most references are written plainly; everything else takes the way of a browser.
  bool plain(std::string_view url, Ref& ref) {
    const std::size_t stop = find_in(kEndsScheme, url, 0);
    if (stop == std::string_view::npos || (url[stop] != ':' && url[stop] != '\\' && url[stop] >= ' ')) {
      if (url.starts_with("//"))
        return absolute(url, 2, kept_origin.substr(0, kept_origin.find(':') + 1), ref);
      if (url.size() > 1 && stop == 0 && url[1] == '\\') return false;
      if (find_in(kDropped, url.substr(0, 2), 0) < 2) return false;
      ref.origin = kept_origin;
      ref.host = kept_host;
      return true;
    }
    if (url.starts_with("https://")) return absolute(url, 8, {}, ref);
    if (url.starts_with("http://")) return absolute(url, 7, {}, ref);
    return false;
  }

  bool absolute(std::string_view url, std::size_t from, std::string_view scheme, Ref& ref) {
    const std::size_t end = std::min(find_in(kEndsHost, url, from), url.size());
    if (end < url.size() && url[end] != '/' && url[end] != '?' && url[end] != '#') return false;
    const std::string_view host = url.substr(from, end - from);
    if (!plain_host(host)) return false;
    if (scheme.empty()) {
      ref.origin = url.substr(0, end);
    } else {
      ref.origin = page.storage->keep(std::string(scheme) + std::string(url.substr(0, end)));
    }
    ref.host = ref.origin.substr(ref.origin.size() - host.size());
    return true;
  }

  void resolve(Ref& ref) {
    if (ref.url.empty()) return;
    if (!plain(ref.url, ref)) {
      // Long URLs of other schemes are not worth a copy: only the scheme counts.
      const std::size_t colon = ref.url.find(':');
      std::string scheme;
      bool word = colon != std::string_view::npos && colon < 32;
      for (std::size_t i = 0; word && i < colon; ++i) {
        const char c = lower(ref.url[i]);
        if (c == '\t' || c == '\r' || c == '\n') continue;
        word =
            (c >= 'a' && c <= 'z') || (i > 0 && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'));
        scheme += c;
      }
      if (word && scheme != "http" && scheme != "https" && scheme != "ws" && scheme != "wss" &&
          scheme != "ftp") {
        ref.origin = page.storage->keep(scheme + ":");
      } else {
        ref.origin = page.storage->keep(net::origin_of(std::string_view(net::resolve_url(base, ref.url))));
        ref.host = host_of(ref.origin);
      }
    }
    ref.own = ref.host.empty() || ref.origin == page.origin;
  }
};

}  // namespace

std::string_view to_string(RefKind kind) {
  static constexpr std::array<std::string_view, kRefKinds> kNames = {
      "link",       "script",  "frame", "object",    "form",     "image", "media",
      "stylesheet", "preload", "icon",  "canonical", "manifest", "base",  "refresh"};
  return kNames[static_cast<std::size_t>(kind)];
}

bool InlineScript::executable() const {
  std::string small(type.substr(0, std::min(type.find(';'), type.size())));
  std::erase_if(small, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; });
  std::ranges::transform(small, small.begin(), lower);
  return small.empty() || small == "module" || small.ends_with("javascript") ||
         small.ends_with("ecmascript") || small.ends_with("jscript") || small.ends_with("livescript") ||
         small.find("/javascript1.") != std::string::npos;
}

Page::Page() : storage(std::make_unique<Storage>()) {}
Page::Page(Page&&) noexcept = default;
Page& Page::operator=(Page&&) noexcept = default;
Page::~Page() = default;

std::string Page::absolute(std::string_view ref) const {
  if (base_url.empty()) return net::resolve_url(url, ref);
  return net::resolve_url(net::resolve_url(url, base_url), ref);
}

Page read_page(std::string_view body, std::string_view url, std::string_view content_type,
               const PageLimits& limits) {
  Page page;
  page.url = url;
  page.origin = net::origin_of(url);
  page.host = Origins::host_of(page.origin);
  if (body.size() > limits.bytes) {
    page.cut.bytes = body.size() - limits.bytes;
    body = body.substr(0, limits.bytes);
  }
  const Utf8Text text = decode_page(body, content_type, page.storage->decoded);
  page.html = text.text;
  page.encoding = text.encoding;
  page.replaced = text.replaced;

  PageBuilder builder(page, limits);
  TokenizerOptions options;
  options.limits.total_bytes = page.html.size();  // bounded above, before decoding
  Tokenizer tokenizer(builder, std::move(options));
  builder.use(tokenizer);
  tokenizer.feed(page.html);
  tokenizer.finish();
  builder.finish();

  Origins origins(page);
  for (Ref& ref : page.refs) origins.resolve(ref);
  return page;
}

}  // namespace vedette::sites
