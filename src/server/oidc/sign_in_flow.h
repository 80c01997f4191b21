// What a sign-in through the identity provider must remember between its steps: it travels in a cookie of the
// browser that began it, sealed with the instance's key and good for some minutes. So the answer of the
// provider fits this browser alone, a restart loses nothing, and who begins a thousand of them costs us
// nothing. Pure but for randomness; thread-safe.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "store/secret_box.h"

namespace vedette::server {

struct SignInFlow {
  std::string state, nonce, code_verifier;  // of the way to the provider and back
  std::string user_id;                      // let in by the provider; a code is still wanted
  std::string next = "/";                   // where to go then
};
SignInFlow new_sign_in_flow(std::string next);
std::string code_challenge(const std::string& code_verifier);  // S256, RFC 7636 §4.2

class SignInFlows {
 public:
  SignInFlows(const Secret& master, const Clock& clock) : box_(master, "sign-in flows"), clock_(clock) {}
  std::string sealed(const SignInFlow& flow) const;
  std::optional<SignInFlow> opened(const std::string& sealed) const;  // nothing: not ours, or too old

 private:
  const store::SecretBox box_;
  const Clock& clock_;
};

}  // namespace vedette::server
