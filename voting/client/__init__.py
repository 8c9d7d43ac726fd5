"""The tablet's side of the protocol: for rehearsals, tests and load. Imports `core` only.

    http = Http("https://hall.example")
    hall = Hall(http)                       # shared by all simulated tablets, or one each
    tablet = Tablet(http, digits, hall=hall)
    tablet.read_card(), tablet.check_in()   # by card
    tablet.receive()                        # by card: the blind signature
    tablet.register(), tablet.check_roll()  # anonymous from here on
    receipt = tablet.cast([0, None, 1])

The server's refusals arrive as `Problem`; what does not stand up to a check is `Malformed`, and the
tablet goes no further. Nothing is logged.
"""
