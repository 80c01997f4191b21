// Time-based one-time passwords: RFC 6238 with SHA-1, six digits and steps of 30 seconds, which every
// authenticator app knows. The arithmetic is liboath's. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"

namespace vedette::server {

inline constexpr std::int64_t kTotpStepSeconds = 30;
inline constexpr std::size_t kTotpDigits = 6;

Secret new_totp_secret();                    // 160 random bits (RFC 4226 §4, R6)
std::string base32(std::string_view bytes);  // RFC 4648 §6, without padding: what people type into an app
// otpauth://totp/…, what the app reads from the picture.
std::string totp_uri(const Secret& secret, std::string_view issuer, std::string_view account);

std::string totp_code(const Secret& secret, WallTime at);
// The step a code belongs to. Takes the step before and after `now` too, since clocks differ; a step not
// later than `last_step` is refused, so that a code that was seen is of no use (RFC 6238 §5.2).
std::optional<std::int64_t> totp_step(const Secret& secret, std::string_view code, WallTime now,
                                      std::int64_t last_step);

}  // namespace vedette::server
