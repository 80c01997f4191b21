// /me/second-factor: one's own one-time passwords and recovery codes.
#include "model/refusal.h"
#include "server/accounts/qr_code.h"
#include "server/accounts/totp.h"
#include "server/api/api.h"
#include "server/api/session.h"
#include "server/api/shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

Credentials proof_of(const Call& call) {
  // Who has no password here is known by a fresh session.
  return {call.who.user.username, call.text_or("password", ""), call.text_or("code", ""),
          call.who.session_id};
}

Schema proof_shape() { return object({optional("password", text(512)), optional("code", text(64))}); }

Schema codes_shape() { return object({required("recovery_codes", list(text(32), 20))}); }

net::Response codes_response(const RecoveryCodes& codes) {
  return json_response(200, json::object{{"recovery_codes", text_list(codes)}});
}

}  // namespace

std::vector<Operation> second_factor_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/me/second-factor",
       .id = "getSecondFactor",
       .tag = "session",
       .summary = "Whether one has a second factor, and until when it is due",
       .without_second_factor = true,
       .response = object({required("on", boolean()), required("due_at", nullable(time())),
                           required("required", boolean()), required("recovery_codes_left", count())}),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(person(call));
         TRY_ASSIGN(auto left, api.accounts.recovery_codes_left(call.who.user.id));
         auto without = call.who.user;
         without.second_factor = false;
         return json_response(
             200, json::object{{"on", call.who.user.second_factor},
                               {"due_at", call.who.provider_factor
                                              ? json::value()
                                              : time_or_null(api.accounts.second_factor_due(call.who.user))},
                               {"required", api.accounts.second_factor_due(without).has_value()},
                               {"recovery_codes_left", left}});
       }},
      {.method = kPost,
       .path = "/me/second-factor",
       .id = "offerSecondFactor",
       .tag = "session",
       .summary = "A new secret for an authenticator app; who has one already gives a code of it too",
       .without_second_factor = true,
       .request = proof_shape(),
       .response =
           object({required("secret", text(64)), required("uri", text(400)),
                   required("qr", object({required("size", count()), required("path", text(60'000))}))}),
       .secret_response = true,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(person(call));
         TRY_ASSIGN(auto offer, api.accounts.offer_second_factor(call.who.user, proof_of(call)));
         TRY_ASSIGN(auto qr, qr_code(offer.uri));
         return json_response(200, json::object{{"secret", base32(offer.secret.reveal())},
                                                {"uri", offer.uri},
                                                {"qr", json::object{{"size", qr.size}, {"path", qr.path}}}});
       }},
      {.method = kPost,
       .path = "/me/second-factor/confirm",
       .id = "confirmSecondFactor",
       .tag = "session",
       .summary = "Turn the offered second factor on with a code of it; one's other sessions end",
       .without_second_factor = true,
       .request = object({required("code", text(64, 1))}),
       .response = codes_shape(),
       .secret_response = true,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(person(call));
         TRY_ASSIGN(auto codes, api.accounts.confirm_second_factor(call.who.user, *call.text("code"),
                                                                   call.who.session_id));
         return codes_response(codes);
       }},
      {.method = kPost,
       .path = "/me/second-factor/recovery-codes",
       .id = "renewRecoveryCodes",
       .tag = "session",
       .summary = "New recovery codes; the old ones no longer work",
       .request = proof_shape(),
       .response = codes_shape(),
       .secret_response = true,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(person(call));
         TRY_ASSIGN(auto codes, api.accounts.renew_recovery_codes(call.who.user, proof_of(call)));
         return codes_response(codes);
       }},
      {.method = kPost,
       .path = "/me/second-factor/remove",
       .id = "removeSecondFactor",
       .tag = "session",
       .summary = "Sign in with the password alone again, where one's role may",
       .request = proof_shape(),
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(person(call));
         TRY(api.accounts.remove_second_factor(call.who.user, proof_of(call)));
         return net::Response::empty(204);
       }},
  };
}

}  // namespace vedette::server
