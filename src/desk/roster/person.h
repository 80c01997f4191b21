// Person: somebody who can be on duty, and by which channels, in the order in which they are tried.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "store/database.h"

namespace vedette::desk {

struct Contact {
  std::string channel_id = {};
  std::string address = {};  // of a mail channel: the person's own; empty: whom the channel names
  bool operator==(const Contact&) const = default;
};

struct Person {
  std::string id = {}, name = {};
  std::string username = {};  // the account that consents to swaps; may be empty
  std::string unit = {};      // place in the organisation, as a path: "Sở TTTT/Trung tâm dữ liệu"
  std::vector<Contact> contacts = {};
  std::string phone = {};  // for a person to call; no channel uses it
};

// Inside the caller's transaction or snapshot.
Result<std::vector<Person>> load_people(store::Session& session);
Result<Person> load_person(store::Session& session, const std::string& id);  // kNotFound
// Checks and stores; an empty id makes a new one. kInvalid names the field, kConflict: the username is
// another's.
Result<Person> store_person(store::Session& session, const Clock& clock, Person person);
// kConflict: the person stands in a roster.
Result<void> remove_person_row(store::Session& session, const std::string& id);

}  // namespace vedette::desk
