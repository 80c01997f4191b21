#include "desk/playbooks/playbooks.h"

#include <boost/json.hpp>

#include "desk/desk.h"
#include "desk/playbooks/cacao.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace json = boost::json;

Result<std::vector<Playbook>> Playbooks::list() {
  std::vector<Playbook> out;
  for (const auto* one : set_->playbooks()) out.push_back(*one);
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows,
               session.query("SELECT cacao FROM imported_playbooks ORDER BY id LIMIT ?", {kImportedMax}));
    for (const auto& row : rows) {
      TRY_ASSIGN(auto playbook, playbook_from_cacao(row.text(0)));
      out.push_back(std::move(playbook));
    }
    return {};
  }));
  return out;
}

Result<Playbook> Playbooks::get(const std::string& id) {
  if (const auto* known = set_->find(id)) return *known;
  std::optional<Playbook> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT cacao FROM imported_playbooks WHERE id = ?", {id}));
    if (rows.empty()) return refuse(ErrorCode::kNotFound, "playbook.gone", {{"id", id.substr(0, 64)}});
    TRY_ASSIGN(out, playbook_from_cacao(rows[0].text(0)));
    return {};
  }));
  return *std::move(out);
}

Result<std::string> Playbooks::cacao(const std::string& id, Language language) {
  if (const auto* known = set_->find(id)) return cacao_of(*known, language, clock_.wall());
  std::string out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT cacao FROM imported_playbooks WHERE id = ?", {id}));
    if (rows.empty()) return refuse(ErrorCode::kNotFound, "playbook.gone", {{"id", id.substr(0, 64)}});
    out = rows[0].text(0);
    return {};
  }));
  return out;
}

Result<Playbook> Playbooks::import_cacao(const std::string& text, const std::string& by) {
  TRY_ASSIGN(auto playbook, playbook_from_cacao(text));
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(session.execute("DELETE FROM imported_playbooks WHERE id = ?", {playbook.id}));
    TRY_ASSIGN(auto there, session.query("SELECT COUNT(*) FROM imported_playbooks"));
    if (there[0].integer(0) >= kImportedMax)
      return refuse(ErrorCode::kLimit, "playbook.many", {{"most", std::to_string(kImportedMax)}});
    TRY(session.execute(
        "INSERT INTO imported_playbooks(id, cacao, imported_at, imported_by) VALUES (?,?,?,?)",
        {playbook.id, text, to_unix_ms(clock_.wall()), by}));
    return append_audit(
        session, clock_.wall(), by, "playbook.imported", "playbook/" + playbook.id,
        json::serialize(json::object{{"name", playbook.name.en}, {"steps", playbook.steps.size()}}));
  }));
  return playbook;
}

Result<void> Playbooks::remove(const std::string& id, const std::string& by) {
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto gone, session.execute("DELETE FROM imported_playbooks WHERE id = ?", {id}));
    if (gone == 0) return refuse(ErrorCode::kNotFound, "playbook.not_imported", {{"id", id.substr(0, 64)}});
    return append_audit(session, clock_.wall(), by, "playbook.removed", "playbook/" + id, "{}");
  });
}

}  // namespace vedette::desk
