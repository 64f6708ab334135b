#include "options.hpp"

#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>

namespace datablock::step {

const char* const kUsage =
    "kill_steps: kills (or stops) a process after every single instruction of each operation, and looks "
    "whether the\n"
    "others can go on. Exit code 0: always; 1: not always; 64: usage; 77: tracing is not allowed here.\n"
    "\n"
    "  --only OP[,OP...]     these operations (--list shows them)\n"
    "  --kind KIND           this kind of block\n"
    "  --at K                after K instructions only\n"
    "  --way WAY             clean up by recovery, attaching, waiting or late only (default: in turn)\n"
    "  --every-way           clean up in all ways after each point\n"
    "  --quick               every point at which others see a change, and a few of the rest\n"
    "  --stride S            every S-th point, and every one at which others see a change\n"
    "  --kills, --stops      only that part\n"
    "  --most-failures F     after F of them on to the next operation (default 20)\n"
    "  --first-failure       end at the first one\n"
    "  --journal FILE        keep there what was examined; what is there already is not examined again, and "
    "is\n"
    "                        in the report too. The shortest operations come first, as far as it knows them\n"
    "  --seconds S           end after so many\n"
    "  --shard I/M           the I-th (from 0) of M parts\n"
    "  --jobs J              so many processes at a time (default: one for each processor)\n"
    "  --json FILE           figures as JSON (- : standard output)\n"
    "  --report FILE         figures as Markdown\n"
    "  --commit TEXT         where the sources come from, for the report\n";

namespace {

std::uint64_t number(const std::string& text) {
  std::size_t used = 0;
  const std::uint64_t value = text.empty() || text[0] == '-' ? 0 : std::stoull(text, &used);
  if (used == 0 || used != text.size()) {
    throw std::invalid_argument("\"" + text + "\" is not a number.");
  }
  return value;
}

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, by);) {
    parts.push_back(part);
  }
  return parts;
}

}  // namespace

Options parse_options(int count, char** words) {
  Options options;
  const std::map<std::string, std::function<void()>> flags = {
      {"--quick", [&] { options.quick = true; }},
      {"--every-way", [&] { options.every_way = true; }},
      {"--help", [&] { options.help = true; }},
      {"--list", [&] { options.list = true; }},
      {"--first-failure", [&] { options.first_failure = true; }},
      {"--kills", [&] { options.stops = false; }},
      {"--stops", [&] { options.kills = false; }},
  };
  const std::map<std::string, std::function<void(const std::string&)>> values = {
      {"--only", [&](const std::string& text) { options.only = split(text, ','); }},
      {"--kind", [&](const std::string& text) { options.kind = text; }},
      {"--way", [&](const std::string& text) { options.way = text; }},
      {"--at", [&](const std::string& text) { options.at = number(text); }},
      {"--stride", [&](const std::string& text) { options.stride = number(text); }},
      {"--most-failures", [&](const std::string& text) { options.most_failures = number(text); }},
      {"--jobs", [&](const std::string& text) { options.jobs = static_cast<unsigned>(number(text)); }},
      {"--journal", [&](const std::string& text) { options.journal = text; }},
      {"--seconds", [&](const std::string& text) { options.seconds = number(text); }},
      {"--json", [&](const std::string& text) { options.json = text; }},
      {"--report", [&](const std::string& text) { options.report = text; }},
      {"--commit", [&](const std::string& text) { options.commit = text; }},
      {"--shard",
       [&](const std::string& text) {
         const auto parts = split(text, '/');
         if (parts.size() != 2) {
           throw std::invalid_argument("--shard is I/M.");
         }
         options.shard = static_cast<unsigned>(number(parts[0]));
         options.shards = static_cast<unsigned>(number(parts[1]));
       }},
  };
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (const auto flag = flags.find(word); flag != flags.end()) {
      flag->second();
    } else if (const auto value = values.find(word); value != values.end() && i + 1 < count) {
      value->second(words[++i]);
    } else {
      throw std::invalid_argument("\"" + word + "\" is no option, or lacks its value.");
    }
  }
  if (options.stride == 0 || options.jobs == 0 || options.shard >= options.shards) {
    throw std::invalid_argument("--stride and --jobs are at least 1, and a shard is one of them all.");
  }
  if (!options.journal.empty() && (options.at || options.way || options.shards > 1)) {
    throw std::invalid_argument("A journal is about whole operations.");
  }
  return options;
}

}  // namespace datablock::step
