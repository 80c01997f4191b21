#include "server/pages/oidc_pages.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/text/html_escape.h"
#include "model/refusal.h"
#include "net/url.h"
#include "server/api/dispatch.h"
#include "server/api/session.h"
#include "server/oidc/group_role.h"
#include "server/pages/html_page.h"
#include "server/pages/pages.h"
#include "server/pages/sign_in_page.h"

namespace vedette::server {
namespace {

constexpr std::string_view kCookie = "__Host-vedette-oidc";
constexpr std::string_view kCallback = "/signin/oidc/callback";

// Lax: the browser comes back from another site and must bring it along.
void set_flow(net::Response& response, const std::string& sealed) {
  response.headers.add("Set-Cookie", fmt::format("{}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={}",
                                                 kCookie, sealed, sealed.empty() ? 0 : 600));
}

std::string asked(const net::Request& request, const std::string& name) {
  auto found = request.query.find(name);
  return found == request.query.end() ? std::string() : found->second;
}

// What the provider says went wrong (RFC 6749 §4.1.2.1), in our words.
std::string said_by_provider(const std::string& error, Language language) {
  if (error == "access_denied") return say("oidc_denied", language);
  if (error == "server_error" || error == "temporarily_unavailable") return say("oidc_unavailable", language);
  bool word =
      error.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos && error.size() <= 64;
  return say("oidc_refused", language, {{"error", word ? error : "?"}});
}

class OidcPages {
 public:
  OidcPages(Api& api, OidcProvider& provider, const SignInFlows& flows, std::string public_url)
      : api_(api), provider_(provider), flows_(flows), public_url_(std::move(public_url)) {}

  net::Response begin(const net::Request& request) const {
    auto next = std::string(next_of(request.query));
    if (label().empty()) return refused(404, "oidc_off", request, next);
    auto flow = new_sign_in_flow(next);
    auto url =
        provider_.authorization_url({flow.state, flow.nonce, code_challenge(flow.code_verifier), redirect()});
    if (!url) return failed(url.error(), request, next);
    auto response = see_other(*url);
    set_flow(response, flows_.sealed(flow));
    return response;
  }

  net::Response callback(const net::Request& request) const {
    auto flow = flow_of(request);
    bool ours = flow && !flow->state.empty() && equal_constant_time(asked(request, "state"), flow->state);
    if (!ours) return refused(400, "oidc_lost", request, "/");
    auto config = api_.config.current();
    // RFC 9207: whose answer this is, where it says so.
    auto issuer = asked(request, "iss");
    if (!issuer.empty() && issuer != config->oidc_issuer)
      return refused(400, "oidc_lost", request, flow->next);
    if (auto error = asked(request, "error"); !error.empty()) {
      log::warn("accounts", "the identity provider refused a sign-in",
                {{"error.message",
                  error.substr(0, 64) + ": " + asked(request, "error_description").substr(0, 400)}});
      return over(403, said_by_provider(error, language(request)), request, flow->next);
    }
    auto claims = provider_.redeem({asked(request, "code"), flow->code_verifier, flow->nonce, redirect()});
    if (!claims) return failed(claims.error(), request, flow->next);
    return come_in(*config, *claims, *flow, request);
  }

  net::Response code(const net::Request& request) const {
    auto fields = form_fields(request.body);
    auto flow = flow_of(request);
    if (!same_origin(request, public_url_)) return refused(403, "wrong_origin", request, "/");
    if (!flow || flow->user_id.empty()) return refused(400, "oidc_lost", request, "/");
    SignInHint hint;
    auto in = api_.accounts.sign_in_with_code(flow->user_id, fields["code"], peer_of(request), &hint);
    if (in) return inside(*in, flow->next);
    auto here = language(request);
    if (in.error().code() == ErrorCode::kLimit) {
      auto response = code_page(429, too_many(here, hint), request);
      response.headers.set("Retry-After", std::to_string(hint.retry_after.count() / 1000 + 1));
      return response;
    }
    if (in.error().code() == ErrorCode::kUnauthorized)
      return code_page(401, html_escaped(said_in(in.error(), here)), request);
    return failed(in.error(), request, flow->next);
  }

 private:
  Language language(const net::Request& request) const { return language_of(request, Principal()); }
  std::string label() const { return provider_label(*api_.config.current()); }
  std::string redirect() const { return public_url_ + std::string(kCallback); }

  std::optional<SignInFlow> flow_of(const net::Request& request) const {
    auto cookie = cookie_of(request, kCookie);
    return cookie ? flows_.opened(*cookie) : std::nullopt;
  }

  // The sign-in page again, with what is wrong; `html` says it.
  net::Response over(int status, const std::string& html, const net::Request& request,
                     std::string_view next) const {
    auto response = sign_in_page(status, language(request), html, next, label());
    set_flow(response, "");
    return response;
  }
  net::Response refused(int status, std::string_view key, const net::Request& request,
                        std::string_view next) const {
    return over(status, say(key, language(request)), request, next);
  }

  net::Response failed(const Error& error, const net::Request& request, std::string_view next) const {
    switch (error.code()) {
      case ErrorCode::kForbidden:
      case ErrorCode::kConflict:  // words of our own
        return over(403, html_escaped(said_in(error, language(request))), request, next);
      case ErrorCode::kUnauthorized: {
        // What the check of the token found is for the log: the person cannot mend it.
        if (auto noted = api_.accounts.note_refused("oidc", error.full(), peer_of(request)); !noted)
          return refused(503, "unavailable", request, next);
        return refused(403, "oidc_token", request, next);
      }
      default:
        log::error("accounts", "the identity provider cannot be used", {{"error.message", error.full()}});
        return refused(503, "oidc_unavailable", request, next);
    }
  }

  net::Response come_in(const Config& config, const boost::json::object& claims, const SignInFlow& flow,
                        const net::Request& request) const {
    auto first = [&](std::string_view name) {
      auto texts = claim_texts(claims, name);
      return texts.empty() ? std::string() : texts.front();
    };
    ExternalPerson person{"oidc", config.oidc_issuer, first("sub"), first(config.oidc_username_claim),
                          first("name").substr(0, 120)};
    person.language = language(request);
    if (!config.oidc_roles.empty()) {
      person.role = role_of_groups(config.oidc_roles, claim_texts(claims, config.oidc_groups_claim));
      if (!person.role) {
        auto none =
            Error(ErrorCode::kUnauthorized, "none of the groups of " + person.username + " has a role");
        if (auto noted = api_.accounts.note_refused("oidc", none.message(), peer_of(request)); !noted)
          return refused(503, "unavailable", request, flow.next);
        return refused(403, "oidc_no_role", request, flow.next);
      }
    }
    for (std::string_view name : {"amr", "acr"})
      for (const auto& value : claim_texts(claims, name))
        person.second_factor |=
            std::ranges::find(config.oidc_second_factor, value) != config.oidc_second_factor.end();
    auto peer = peer_of(request);
    auto user = api_.accounts.admit(person, {config.oidc_create_accounts, config.oidc_link_accounts}, peer);
    // A name that cannot be one of ours is the provider's doing too, with words of our own.
    if (!user && user.error().code() == ErrorCode::kInvalid)
      return over(403, html_escaped(said_in(user.error(), language(request))), request, flow.next);
    if (!user) return failed(user.error(), request, flow.next);
    if (user->second_factor && !person.second_factor) {
      auto response = code_page(200, "", request);
      set_flow(response, flows_.sealed({"", "", "", user->id, flow.next}));
      return response;
    }
    auto in = api_.accounts.open_session(*user, peer, person.second_factor);
    return in ? inside(*in, flow.next) : failed(in.error(), request, flow.next);
  }

  net::Response inside(const SignedIn& in, std::string_view next) const {
    auto response = go_in(next, in.session_token, api_.config.current()->session_hours_max);
    set_flow(response, "");
    return response;
  }

  net::Response code_page(int status, std::string_view wrong, const net::Request& request) const {
    auto here = language(request);
    return page(
        status, here, "sign_in",
        warning(wrong) + fmt::format("<p>{}</p>\n<form method=\"post\" action=\"/signin/oidc/code\">\n{}"
                                     "<button>{}</button>\n</form>\n",
                                     say("oidc_code", here),
                                     input("code", say("one_time_code", here), "text", "one-time-code"),
                                     say("sign_in", here)));
  }

  Api& api_;
  OidcProvider& provider_;
  const SignInFlows& flows_;
  const std::string public_url_;
};

}  // namespace

std::string provider_label(const Config& config) {
  if (config.oidc_issuer.empty()) return {};
  return config.oidc_label.empty() ? net::host_of(config.oidc_issuer) : config.oidc_label;
}

std::vector<net::Route> oidc_routes(Api& api, OidcProvider& provider, const SignInFlows& flows,
                                    const std::string& public_url) {
  auto pages = std::make_shared<const OidcPages>(api, provider, flows, public_url);
  return {
      {net::Method::kGet, "/signin/oidc",
       [pages](const net::Request& request) { return pages->begin(request); }},
      {net::Method::kGet, std::string(kCallback),
       [pages](const net::Request& request) { return pages->callback(request); }},
      {net::Method::kPost, "/signin/oidc/code",
       [pages](const net::Request& request) { return pages->code(request); }, kFormBytesMax},
  };
}

}  // namespace vedette::server
