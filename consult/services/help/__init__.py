"""Services that help, requests for help, complaints."""
