// The command tree. Exit codes of every command: 0 done and well; 1 done, and the answer is bad (a mistake in
// the configuration, an alarm, a broken chain); 2 not done (wrong usage, or it could not be done: standard
// error says why).
#pragma once

#include <memory>

namespace vedette::cli {

class Command;

enum Exit { kWell = 0, kBad = 1, kNotDone = 2 };

int run(int argc, char** argv);

// The whole tree without running anything: for the man page, the completions and their tests. `exit_code` is
// where a command that runs leaves its code; it outlives the tree.
std::unique_ptr<Command> command_tree(int& exit_code);

// One a file.
void add_server(Command& root, int& exit_code);
void add_check_config(Command& root, int& exit_code);
void add_clocks(Command& root, int& exit_code);
void add_backup(Command& root, int& exit_code);
void add_users(Command& root, int& exit_code);
void add_sites(Command& root, int& exit_code);
void add_sites_check(Command& sites, int& exit_code);
void add_sites_replay(Command& sites, int& exit_code);
void add_agent(Command& root, int& exit_code);
void add_agent_hosts(Command& root, int& exit_code);  // after add_agent()
void add_audit(Command& root, int& exit_code);
void add_evidence(Command& root, int& exit_code);
void add_files(Command& root, int& exit_code);
void add_files_roots(Command& files, int& exit_code);
void add_logs(Command& root, int& exit_code);
void add_logs_rules(Command& logs, int& exit_code);
void add_logs_scan(Command& logs, int& exit_code);
void add_watchdog(Command& root, int& exit_code);
void add_completion(Command& root, int& exit_code);
void add_man(Command& root, int& exit_code);

}  // namespace vedette::cli
