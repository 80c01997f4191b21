#include "server/pages/sign_in_page.h"

#include <fmt/format.h>

#include "base/text/html_escape.h"
#include "server/api/dispatch.h"
#include "server/pages/html_page.h"
#include "server/pages/phone.h"

namespace vedette::server {

std::string_view next_of(const std::map<std::string, std::string>& fields) {
  auto next = fields.find("next");
  return next != fields.end() && next->second == kPhonePath ? kPhonePath : "/";
}

// Always there: who has no second factor leaves it empty.
std::string code_input(Language language) {
  return fmt::format(
      "<label for=\"code\">{}</label>\n<input id=\"code\" name=\"code\" type=\"text\" "
      "autocomplete=\"one-time-code\" autocapitalize=\"none\" maxlength=\"64\">\n",
      say("code", language));
}

net::Response sign_in_page(int status, Language language, std::string_view wrong, std::string_view next,
                           const std::string& provider) {
  auto by_provider = provider.empty()
                         ? std::string()
                         : fmt::format("<p><a class=\"call\" href=\"/signin/oidc?next={}\">{}</a></p>\n",
                                       next, say("sign_in_with", language, {{"provider", provider}}));
  return page(
      status, language, "sign_in",
      warning(wrong) + by_provider +
          fmt::format("<form method=\"post\" action=\"/signin\">\n<input type=\"hidden\" name=\"next\" "
                      "value=\"{}\">\n",
                      next) +
          input("username", say("username", language), "text", "username") +
          input("password", say("password", language), "password", "current-password") +
          code_input(language) + fmt::format("<button>{}</button>\n</form>\n", say("sign_in", language)));
}

net::Response go_in(std::string_view to, const std::string& session_token, std::int64_t hours_max) {
  auto response = see_other(to);
  response.headers.add("Set-Cookie", session_cookie(session_token, hours_max * 3600));
  return response;
}

std::string too_many(Language language, const SignInHint& hint) {
  return say("too_many", language, {{"minutes", std::to_string(hint.retry_after.count() / 60'000 + 1)}});
}

}  // namespace vedette::server
