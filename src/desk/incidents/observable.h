// Observable: something seen in an incident that others can look for, as a plain value and as rows. Types are
// those of STIX 2.1's cyber-observable objects; a file is named by its hash. TLP says who may be told.
#pragma once

#include "desk/incidents/incident.h"

namespace vedette::desk {

enum class ObservableType { kIpv4, kIpv6, kDomain, kUrl, kEmail, kFile, kAccount, kProcess };
// "ipv4-addr", "ipv6-addr", "domain-name", "url", "email-addr", "file", "user-account", "process"
std::string_view to_string(ObservableType type);
std::optional<ObservableType> observable_type_from(std::string_view text);

struct Observable {
  std::string id = {}, incident_id = {};
  ObservableType type = ObservableType::kIpv4;
  std::string value = {};  // in its normal form, so that the same thing is the same text
  Tlp tlp = Tlp::kAmber;
  std::string note = {};
  std::string source = {};  // the alert it was taken from; empty: a person wrote it
  WallTime added_at{};
  std::string added_by = {};
  bool operator==(const Observable&) const = default;
};

struct ObservableLimits {
  static constexpr std::size_t kValueBytes = 2'048, kNoteBytes = 1'000, kOfIncident = 1'000;
};

// The normal form of what a person wrote, defanged or not ("hxxp://a[.]b"): addresses as RFC 5952 writes
// them, names in lower-case ASCII, hashes in lower case. kInvalid says what is expected of this type.
Result<std::string> normal_observable(ObservableType type, std::string_view text);
// So that nobody follows it by a click: "hxxps://evil[.]example/x", "a[@]evil[.]example". Hashes, accounts
// and processes as they are.
std::string defanged(ObservableType type, const std::string& value);

// What stands in a text: addresses, URLs with their hosts, mail addresses, hashes, each once. A bare word
// with a dot is no domain here: most are names of files.
std::vector<std::pair<ObservableType, std::string>> observables_in(std::string_view text, std::size_t most);

}  // namespace vedette::desk
