#include "sweep.hpp"

#include <cxxabi.h>
#include <dlfcn.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace datablock::step {
namespace {

/// Points of the rest that a quick run visits, per operation.
constexpr std::uint64_t kQuickRest = 12;
constexpr unsigned kAttempts = 4;
constexpr unsigned kRecordings = 5;

}  // namespace

std::span<const Kind> kinds() {
  static constexpr std::array<Kind, 4> kAll = {{
      {"single-asymmetric", ProducerMode::single, Fences::asymmetric},
      {"single-real", ProducerMode::single, Fences::real},
      {"multi-asymmetric", ProducerMode::multi, Fences::asymmetric},
      {"multi-real", ProducerMode::multi, Fences::real},
  }};
  return kAll;
}

std::uint64_t stride_of(const Trace& trace, const Options& options) {
  return options.quick ? trace.length() / kQuickRest + 1 : options.stride;
}

std::vector<std::uint64_t> points(const Trace& trace, const Options& options) {
  std::vector<std::uint64_t> all;
  const std::uint64_t length = trace.length();
  const std::uint64_t stride = stride_of(trace, options);
  for (std::uint64_t k = 0; k <= length; ++k) {
    const bool is_wanted =
        options.at ? k == *options.at : k % stride == 0 || k == length || trace.at(k).changes;
    if (is_wanted && (options.at || k % options.shards == options.shard)) {
      all.push_back(k);
    }
  }
  return all;
}

std::string place_of(std::uint64_t address) {
  Dl_info info{};
  char text[64];
  if (dladdr(reinterpret_cast<void*>(address), &info) == 0) {  // NOLINT(performance-no-int-to-ptr)
    std::snprintf(text, sizeof text, "%#llx", static_cast<unsigned long long>(address));
    return text;
  }
  const std::string file = info.dli_fname != nullptr ? info.dli_fname : "?";
  std::snprintf(text, sizeof text, "+%#llx",
                static_cast<unsigned long long>(address - reinterpret_cast<std::uint64_t>(info.dli_fbase)));
  std::string place = file.substr(file.rfind('/') + 1) + text;
  if (info.dli_sname != nullptr) {
    int status = 0;
    char* name = abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, &status);
    place += std::string(" ") + (status == 0 ? name : info.dli_sname);
    std::free(name);  // NOLINT(cppcoreguidelines-no-malloc)
  }
  return place;
}

Trace record_shortest(const Options& options, const std::function<Trace()>& record) {
  Trace shortest = record();
  for (unsigned i = 1; !options.quick && options.stride == 1 && i < kRecordings; ++i) {
    Trace other = record();
    if (other.length() < shortest.length()) {
      shortest = std::move(other);
    }
  }
  return shortest;
}

void visit(Row& row, const std::function<bool()>& run_case) {
  const std::uint64_t failures = row.failures;
  bool is_there = false;
  for (unsigned attempt = 0; attempt < kAttempts && !is_there && row.failures == failures; ++attempt) {
    is_there = run_case();
  }
  row.missed += is_there ? 0 : 1;
}

void announce(const SweepContext& context, const char* part, const std::string& operation, const Kind& kind,
              std::uint64_t at, const char* way) {
  context.tell(std::string("at\t") + part + "\t" + operation + "\t" + kind.name + "\t" + std::to_string(at) +
               "\t" + way);
}

}  // namespace datablock::step
