// Time-outs of the environment, for callers in C.
#include "core/timeouts.hpp"

#include <datablock/datablock.h>

#include "c_abi/conversions.hpp"
#include "c_abi/result.hpp"

datablock_result datablock_get_timeouts(datablock_timeouts* timeouts) {
  using namespace datablock;
  return c_abi::guarded({__func__}, [&] {
    const Timeouts known = timeouts_from_environment();
    datablock_timeouts value{};
    value.write_ms = known.write_ms;
    value.read_ms = known.read_ms;
    value.standby_ms = known.standby_ms;
    value.lock_ms = known.lock_ms;
    value.kill_ms = known.kill_ms;
    value.stuck_after_ms = known.stuck_after_ms;
    c_abi::write_out(timeouts, "timeouts", value);
  });
}
