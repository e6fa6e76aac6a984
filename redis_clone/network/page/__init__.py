"""The page that shows the server at work: `python server.py --page 8080`, and a browser at that port.

    access      who may open it: the Host and Origin of a request, the token
    site        what all requests share, and how many browsers watch
    handler     one request: a file of the page, the stream of events, an action
    listener    accepts browsers in the thread "page", and bounds their streams

index.html, page.css and the scripts beside this file are the page itself; what it shows are the panels of
server/inspection/.  Only a server with the parameter `page` imports this folder.
"""
