#include "desk/roster/person.h"

#include <boost/json.hpp>

#include "base/id.h"
#include "base/text/control.h"
#include "desk/channel_store.h"
#include "desk/phone_number.h"
#include "desk/roster/roster_store.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;
constexpr std::size_t kPeopleMax = 2'000;
constexpr std::size_t kContactsMax = 10;
constexpr std::size_t kTextBytes = 200;

bool one_line(std::string_view text) { return text.size() <= kTextBytes && !has_control(text); }

std::string contacts_text(const Person& person) {
  json::array out;
  for (const auto& one : person.contacts)
    out.push_back(json::object{{"channel_id", one.channel_id}, {"address", one.address}});
  return json::serialize(out);
}

Result<Person> person_from(const store::Row& row) {
  Person person{row.text(0), row.text(1), row.text(2), row.text(3), {}, row.text(5)};
  boost::system::error_code problem;
  auto stored = json::parse(row.text(4), problem);
  if (problem || !stored.is_array())
    return fail(ErrorCode::kCorrupt, fmt::format("the contacts of person {} do not parse", person.id));
  for (const auto& one : stored.get_array())
    person.contacts.push_back(
        {std::string(one.at("channel_id").as_string()), std::string(one.at("address").as_string())});
  return person;
}

constexpr std::string_view kSelect =
    "SELECT id, name, username, unit, contacts, phone FROM people WHERE removed = 0";

Result<void> check_contacts(store::Session& session, const Person& person) {
  if (person.contacts.size() > kContactsMax)
    return refuse(ErrorCode::kInvalid, "field.at_most",
                  {{"field", "contacts"}, {"most", std::to_string(kContactsMax)}});
  for (std::size_t i = 0; i < person.contacts.size(); ++i) {
    const auto& contact = person.contacts[i];
    auto at = fmt::format("contacts[{}]", i);
    auto channel = load_channel(session, contact.channel_id);
    if (!channel)
      return refuse(ErrorCode::kInvalid, "person.channel",
                    {{"field", at + ".channel_id"}, {"id", contact.channel_id.substr(0, 64)}});
    if (!one_line(contact.address))
      return refuse(ErrorCode::kInvalid, "field.one_line",
                    {{"field", at + ".address"}, {"most", std::to_string(kTextBytes)}});
    bool mail = channel->channel.kind == ChannelKind::kSmtp;
    auto sign = contact.address.rfind('@');
    bool is_address = sign != std::string::npos && sign > 0 && sign + 1 < contact.address.size();
    if (mail && !contact.address.empty() && !is_address)
      return refuse(ErrorCode::kInvalid, "field.mail_address",
                    {{"field", at + ".address"}, {"text", contact.address}});
    bool sms = channel->channel.kind == ChannelKind::kSms;
    if (sms && !contact.address.empty() && !is_phone_number(contact.address))
      return refuse(ErrorCode::kInvalid, "person.phone", {{"field", at + ".address"}});
    if (!mail && !sms && !contact.address.empty())
      return refuse(ErrorCode::kInvalid, "person.address", {{"field", at + ".address"}});
  }
  return {};
}

}  // namespace

Result<std::vector<Person>> load_people(store::Session& session) {
  TRY_ASSIGN(auto rows, session.query(fmt::format("{} ORDER BY name, id", kSelect)));
  std::vector<Person> people;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto person, person_from(row));
    people.push_back(std::move(person));
  }
  return people;
}

Result<Person> load_person(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows, session.query(fmt::format("{} AND id = ?", kSelect), {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "person.gone", {{"id", id.substr(0, 64)}});
  return person_from(rows[0]);
}

Result<Person> store_person(store::Session& session, const Clock& clock, Person person) {
  if (person.name.empty() || !one_line(person.name))
    return refuse(ErrorCode::kInvalid, "field.bytes",
                  {{"field", "name"}, {"most", std::to_string(kTextBytes)}});
  for (const auto& [field, text] :
       {std::pair("username", &person.username), std::pair("unit", &person.unit)}) {
    if (!one_line(*text))
      return refuse(ErrorCode::kInvalid, "field.one_line",
                    {{"field", field}, {"most", std::to_string(kTextBytes)}});
  }
  if (!person.phone.empty() && !is_phone_number(person.phone))
    return refuse(ErrorCode::kInvalid, "person.phone", {{"field", "phone"}});
  TRY(check_contacts(session, person));
  if (!person.username.empty()) {
    TRY_ASSIGN(auto taken,
               session.query("SELECT 1 FROM people WHERE username = ? AND id <> ? AND removed = 0",
                             {person.username, person.id}));
    if (!taken.empty()) return refuse(ErrorCode::kConflict, "person.username", {{"name", person.username}});
  }
  if (person.id.empty()) {
    TRY_ASSIGN(auto count, session.query("SELECT COUNT(*) FROM people WHERE removed = 0"));
    if (count[0].integer(0) >= static_cast<std::int64_t>(kPeopleMax))
      return refuse(ErrorCode::kLimit, "person.many", {{"most", std::to_string(kPeopleMax)}});
    person.id = new_id(clock);
    TRY(session.execute(
        "INSERT INTO people(id, name, username, unit, contacts, phone, removed) VALUES (?,?,?,?,?,?,0)",
        {person.id, person.name, person.username, person.unit, contacts_text(person), person.phone}));
    return person;
  }
  TRY(load_person(session, person.id));
  TRY(session.execute(
      "UPDATE people SET name = ?, username = ?, unit = ?, contacts = ?, phone = ? WHERE id = ?",
      {person.name, person.username, person.unit, contacts_text(person), person.phone, person.id}));
  return person;
}

Result<void> remove_person_row(store::Session& session, const std::string& id) {
  TRY(load_person(session, id));
  TRY_ASSIGN(auto rosters, load_rosters(session));
  for (const auto& roster : rosters) {
    for (const auto& tier : roster.tiers) {
      for (const auto& layer : tier.layers) {
        if (std::ranges::count(layer.members, id) > 0)
          return refuse(ErrorCode::kConflict, "person.on_roster",
                        {{"roster", roster.name}, {"tier", tier.id}, {"layer", layer.name}});
      }
    }
  }
  TRY(session.execute("UPDATE people SET removed = 1 WHERE id = ?", {id}));
  return {};
}

}  // namespace vedette::desk
