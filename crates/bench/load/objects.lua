-- Each thread walks over the paths of 1000 objects, starting at its own place.
local threads = 0

function setup(thread)
  thread:set("start", threads * 500)
  threads = threads + 1
end

local requests = {}
local at = 0

function init(args)
  at = start
  for object = 0, 999 do
    requests[object] = wrk.format("GET", "/object-" .. object)
  end
end

function request()
  at = (at + 1) % 1000
  return requests[at]
end
