// Question 4: is this an error, challenge, login, consent or maintenance page, or a cut body: not a
// defacement?
//
// Asked only of pages that lost what was learnt, or whose status says so. The caller has made sure that
// nothing hostile is on it. Pure.
#pragma once

#include "sites/judge/continuity.h"

namespace vedette::sites {

enum class Outage {
  kNone,
  kHttpError,
  kEmpty,
  kTruncated,
  kChallenge,
  kErrorPage,
  kMaintenance,
  kLogin,
  kConsent,
  kBlocked,
  kNeedsScript
};
std::string_view to_string(Outage outage);  // "http_error", …: the last part of the message key

Outage outage_of(const Features& features, const PageInput& input, const Continuity& continuity,
                 const Profile::Impl& profile);

}  // namespace vedette::sites
